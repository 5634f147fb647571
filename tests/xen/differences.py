# SPDX-License-Identifier: Apache-2.0
"""The table "What differs" of docs/xen.md as a script that runs against a hypervisor.

Each row's commands are run in turn, and the last one's outcome is what the row's cell for that hypervisor says:
`exit N`, then texts that its output has ("has `TEXT`") or has not ("no `TEXT`"). State goes on from row to row.
"""
import os
import re
import subprocess

import payloads

XEN, SUTURE_HV = 2, 3


class Row:
    def __init__(self, cells):
        self.what = cells[0]
        self.commands = [command.split() for command in re.findall(r"`([^`]+)`", cells[1])]
        self.cells = cells
        assert self.commands, cells

    def check(self, test, column, code, output):
        cell = self.cells[column]
        shown = f"{self.what}: the table says {cell!r}; exit code {code}\n{output}"
        test.assertEqual(code, int(re.search(r"exit (\d)", cell).group(1)), shown)
        for kind, text in re.findall(r"(has|no) `([^`]+)`", cell):
            (test.assertIn if kind == "has" else test.assertNotIn)(text, output, shown)


def rows(path):
    """The rows between the two marks in the page."""
    with open(path, encoding="utf-8") as file:
        table = file.read().split("<!-- differences -->")[1]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [Row([cell.strip() for cell in line.strip("|").split("|")]) for line in lines[2:]]


def make_payloads(folder, target, function):
    """The payloads that the table names, for a target with build_id and functions."""
    identity = {name: f"{number:02x}" * 20 for number, name in enumerate("abnexy", start=0x51)}
    exported = ('\n.text\n.globl suture_exported\n.type suture_exported, @function\nsuture_exported:\n  ret\n'
                '.size suture_exported, 1\n')
    special = {
        "b": {"depends": identity["a"]},
        "e": {"expect": b"\xcc" * 5},
        "x": {"extra": exported},
        "y": {"extra": '\n.section .data.rel.ro, "aw"\n.quad suture_exported\n'},
    }
    os.makedirs(folder, exist_ok=True)
    for name, build_id in identity.items():
        payloads.assemble(os.path.join(folder, f"{name}.livepatch"), target, f".{name}", build_id, function=function,
                          **special.get(name, {}))


def run_table(test, page, column, suture, folder, *target):
    """Runs every row; suture: support's Suture; target: its --target option, if any."""
    count = 0
    for row in rows(page):
        with test.subTest(row.what):
            for words in row.commands:
                verb, *rest = words
                wait = ["--timeout", "2s"] if verb in ("apply", "load", "revert", "replace") else []
                done = subprocess.run([suture.program, verb, *target, *rest, *wait], env=suture.environment, text=True,
                                      cwd=folder, capture_output=True, timeout=120, stdin=subprocess.DEVNULL,
                                      check=False)
            row.check(test, column, done.returncode, done.stdout + done.stderr)
            count += 1
    test.assertGreaterEqual(count, 8)
