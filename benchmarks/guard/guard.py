# SPDX-License-Identifier: Apache-2.0
"""What the guards share: counts of instructions against the accepted ones, and accepting new ones."""
import json

ALLOWED_GROWTH = 0.05
# What became this much cheaper should be accepted, or the next growth hides in what was gained.
WORTH_ACCEPTING = 0.20


def compare(now, then, explain):
    """Prints a line for each name; returns the names whose count grew too much. explain(name): lines about one of those."""
    failed = []
    for name, count in now.items():
        growth = count / then[name] - 1
        bad = growth > ALLOWED_GROWTH
        print(f"{'FAILED' if bad else 'ok':6} {name:16} {count:>12} instructions, accepted {then[name]} ({growth:+.1%})")
        if bad:
            failed.append(name)
            print("".join(f"    {line}\n" for line in explain(name)), end="")
        elif growth < -WORTH_ACCEPTING:
            print("       (cheaper: run with --accept to hold it there)")
    return failed


def add_arguments(parser):
    parser.add_argument("accepted")
    parser.add_argument("--accept", action="store_true")


def conclude(options, measured, command, counts=lambda entries: entries, explain=lambda name, entries: []):
    """Accepts `measured`, or compares it with what was accepted; the exit code.

    counts(entries): {name: count} of what is measured or accepted; explain(name, accepted): where a growth is; command: what
    accepts the new counts, but for --accept."""
    if options.accept:
        with open(options.accepted, "w", encoding="utf-8") as file:
            json.dump(measured, file, indent=2, sort_keys=True)
            file.write("\n")
        return 0
    with open(options.accepted, encoding="utf-8") as file:
        accepted = json.load(file)
    failed = compare(counts(measured), counts(accepted), lambda name: explain(name, accepted))
    if failed:
        print(f"{', '.join(failed)}: more than {ALLOWED_GROWTH:.0%} over the accepted count. If that is meant, accept it:\n"
              f"  {command} --accept")
    return 1 if failed else 0
