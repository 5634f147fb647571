#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run_qemu.sh TEST.py ARGUMENTS...: a QEMU test, with the harness beside it.
set -eu
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$(dirname "$1") exec python3 "$@"
