#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs an end-to-end test in the checkout, on what Bazel built. See e2e.bzl for the variables.
set -eu
runfiles=$PWD
SUTURE_ROOT=$(dirname "$(dirname "$(readlink -f "$runfiles/tests/run_e2e.sh")")")
export SUTURE_ROOT
export SUTURE="$(readlink -f "$runfiles/cli/suture")"
export SUTURE_IMAGE="$(readlink -f "$runfiles/hypervisor/suture-hv-demo")"
export SUTURE_OTHER_IMAGE="$(readlink -f "$runfiles/hypervisor/suture-hv")"
export SUTURE_GUESTS="$(readlink -f "$runfiles/hypervisor/guests/demo-guests.cpio")"
export PYTHONPATH="$SUTURE_ROOT/tests/support" PYTHONDONTWRITEBYTECODE=1
cd "$SUTURE_ROOT"
exec python3 "$@"
