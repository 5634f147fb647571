#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every C and C++ file is as clang-format leaves it and every source carries its SPDX line. The builder's cases are data:
# each holds several sources.
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
files=$(git ls-files '*.cpp' '*.h' '*.c' | grep -v '/cases/')
[ -n "$files" ] || { echo "no files found"; exit 1; }
status=0
# shellcheck disable=SC2086
clang-format-19 --dry-run --Werror $files || status=1
for file in $(git ls-files '*.cpp' '*.h' '*.c' '*.S' '*.py' '*.bzl' | grep -v '/cases/'); do
  head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || { echo "$file: no SPDX line"; status=1; }
done
exit $status
