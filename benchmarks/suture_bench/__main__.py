# SPDX-License-Identifier: Apache-2.0
"""suture bench: measures the apply path in the hypervisor, and the way from diff to payload.

Progress on stderr; the result, with every single value, is JSON. Exit codes: 0 done, 1 failed, 2 usage.
"""
import argparse
import sys

import apply
import build
import report
from machine import Failed

VERBS = {"apply": (apply, "rendezvous, pause and total of applies and reverts, in suture-hv under QEMU"),
         "build": (build, "seconds and memory by stage of building payloads from diffs"),
         "report": (report, "one HTML file with plots, from the results of the others")}


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["bench"]:
        arguments = arguments[1:]
    parser = argparse.ArgumentParser(prog="suture bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, (module, summary) in VERBS.items():
        module.add_arguments(verbs.add_parser(name, help=summary, description=summary))
    options = parser.parse_args(arguments)
    try:
        VERBS[options.verb][0].run(options)
    except (Failed, OSError, ValueError) as error:
        print(f"suture bench: {error}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
