#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a Python program of the run files, which lie in the checkout: nothing is left there.
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$@"
