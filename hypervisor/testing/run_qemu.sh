#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run_qemu.sh TEST.py ARGUMENTS...: a QEMU test, with the harness beside it and what all tests share.
set -eu
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$(dirname "$1"):tests/support exec python3 "$@"
