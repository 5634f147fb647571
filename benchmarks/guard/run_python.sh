#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a Python program of the run files.
exec python3 "$@"
