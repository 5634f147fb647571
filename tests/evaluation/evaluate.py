# SPDX-License-Identifier: Apache-2.0
"""Evaluates `suture build` on real fixes: trees that were built before and after each fix, and the fix's diff.

    evaluate.py [options] BASE FIXED DIFF [BASE FIXED DIFF ...]
    evaluate.py [options] --list FILE

BASE and FIXED are built trees (for Xen: folders that hold xen/xen-syms), DIFF leads from one to the other. A list has
`BASE FIXED DIFF SUBJECT...` on each line. The payload is built from BASE and DIFF alone; FIXED is what it is held
against. See docs/evaluation.md for what is measured and how.
"""
import argparse
import json
import os
import sys

import build_run
import live_check
import render
from code_check import check_code
from compare_builds import compare
from elf_object import ElfObject
from line_map import LineMap
from payload_check import Image, check_set, needed, replaced_functions


def read_cases(options):
    """[(base, fixed, diff, subject)]."""
    rows = []
    if options.list:
        with open(options.list, encoding="utf-8") as file:
            rows = [line.split(None, 3) for line in file if line.strip()]
    if len(options.case) % 3:
        sys.exit("evaluate.py: BASE, FIXED and DIFF go together")
    rows += [options.case[at:at + 3] for at in range(0, len(options.case), 3)]
    if not rows:
        sys.exit("evaluate.py: nothing to evaluate")
    return [(*row[:3], row[3].strip() if len(row) > 3 else os.path.basename(row[2])) for row in rows]


def short(comparison, image):
    """What the two builds differ in, for a person who judges a refusal."""
    rows = {"boot": [row.name for row in comparison.changed if row.base.boot],
            "assembly": [f"{row.unit}: {row.name}" for row in comparison.changed if row.name.startswith("assembly in ")],
            "functions": [f"{unit}#{name}: {what}" for (unit, name), what in needed(comparison, image).items()],
            "new": [f"{row.unit}#{row.name}" for row in comparison.new],
            "gone": [f"{row.unit}#{row.name}" for row in comparison.gone],
            "lineNumbersOnly": len(comparison.line_noise),
            "data": [f"{row.unit}#{row.name}: {describe(row.base)} => {describe(row.fixed)}" for row in comparison.data]}
    return {key: value for key, value in rows.items() if value}


def describe(data):
    """A variable in a few words."""
    return f"{data.section}, {data.content}" if data else "none"


def outcome_of(built):
    """payload, refused, nothing, or failed (an error, or too late)."""
    outcome = built["report"].get("outcome")
    return {"built": "payload", "refused": "refused", "nothing-to-patch": "nothing"}.get(outcome, "failed")


def judge(result):
    """WRONG with what is wrong, or what there is to say for it."""
    faults = []
    check, differences = result.get("set", {}), result["differences"]
    if result["outcome"] == "failed":
        faults.append("no result: " + (result["stderr"].strip() or f"exit code {result['exitCode']}"))
    if result["outcome"] == "nothing" and (differences.get("functions") or differences.get("assembly")):
        faults.append("nothing to patch, but functions differ")
    faults += [f"missing {text}" for text in check.get("missing", [])]
    faults += [f"extra without a reason: {row['function']}" for row in check.get("extra", []) if not row["why"]]
    faults += result.get("code", [])
    if result["exitCode"] is not None:  # One that was killed for its time could not clean up.
        faults += [f"left behind: {name}" for name in result["left"]]
    if result.get("live", "passed") != "passed":
        faults.append(result["live"])
    return faults


def evaluate(options, case):
    """One fix; its result as a dictionary that goes to JSON."""
    base, fixed, diff, subject = case
    name = os.path.basename(os.path.normpath(fixed))
    output = os.path.join(options.keep, name + ".livepatch")
    if os.path.exists(output):
        os.remove(output)
    with open(diff, encoding="utf-8", errors="surrogateescape") as file:
        line_map = LineMap(file.read())
    built = build_run.build(options, base, diff, output)
    comparison = compare(base, fixed, line_map)
    image_path = os.path.join(base, options.image)
    image = Image(image_path)
    result = {"fix": name, "subject": subject, "outcome": outcome_of(built), **built, "differences": short(comparison, image)}
    if result["outcome"] == "payload":
        payload = ElfObject(output)
        result["set"] = check_set(payload, image, comparison, built["report"])
        result["code"], result["set"]["compared"] = check_code(replaced_functions(payload), payload, image_path, comparison, line_map)
        if options.live:
            result["live"] = live_check.run(options, os.path.join(base, options.live), output)
    result["faults"] = judge(result)
    return result


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*", metavar="BASE FIXED DIFF", help="two built trees and the diff between them")
    parser.add_argument("--list", metavar="FILE", help="cases, one a line: BASE FIXED DIFF SUBJECT")
    parser.add_argument("--suture", default="suture", help="the command")
    parser.add_argument("--built-at", metavar="PATH", help="where all trees were when they were built; BASE is mounted there, "
                                                           "in a name space of its own")
    parser.add_argument("--image", default="xen/xen-syms", help="the linked image, below the tree")
    parser.add_argument("--live", metavar="IMAGE", help="also load, apply, revert and unload each payload on this Xen, below the "
                                                        "tree (xen/xen.gz), under QEMU")
    parser.add_argument("--build-option", action="append", default=[], metavar="OPTION", help="one more option for suture build")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one build")
    parser.add_argument("--keep", default=".", metavar="FOLDER", help="where payloads go")
    parser.add_argument("--json", metavar="FILE", help="all results; written anew after each fix")
    parser.add_argument("--table", metavar="FILE", help="the results as a Markdown table")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    os.makedirs(options.keep, exist_ok=True)
    results = []
    for case in read_cases(options):
        results.append(evaluate(options, case))
        print(render.line(results[-1]), flush=True)
        if options.json:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(results, file, indent=1)
    if options.table:
        with open(options.table, "w", encoding="utf-8") as file:
            file.write(render.table(results))
    print(render.summary(results))
    return 1 if any(result["faults"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
