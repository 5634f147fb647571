# SPDX-License-Identifier: Apache-2.0
"""Joins files of one shell-quoted argument a line into a compile_commands.json, sorted by source file."""
import json
import shlex
import sys

commands = []
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        arguments = shlex.split(file.read())
    commands.append({
        "directory": ".",
        "file": arguments[arguments.index("-c") + 1],
        "output": arguments[arguments.index("-o") + 1],
        "arguments": arguments,
    })
commands.sort(key=lambda command: (command["file"], command["output"]))
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(commands, file, indent=1)
    file.write("\n")
