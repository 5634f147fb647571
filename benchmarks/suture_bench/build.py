# SPDX-License-Identifier: Apache-2.0
"""suture bench build: from diffs to payloads, seconds by stage and peak memory."""
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

from machine import Failed, describe_run, summary, write_result


def add_arguments(parser):
    parser.add_argument("--image", required=True, help="the target's unstripped ELF")
    parser.add_argument("--source", default=".", help="the target's source; default: the current folder")
    parser.add_argument("--rounds", type=int, default=3, help="builds of each diff; the first one may be cold")
    parser.add_argument("--rebuild", metavar="COMMAND", help="shell command that rebuilds the whole tree, for comparison")
    parser.add_argument("--output", help="JSON file; default: stdout")
    parser.add_argument("diffs", nargs="+", metavar="DIFF")


def peak_child_bytes():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def build_once(options, diff, output):
    """(seconds, suture's JSON) of one build."""
    start = time.monotonic()
    done = subprocess.run([os.environ.get("SUTURE", "suture"), "build", "--patch", diff, "--image", options.image,
                           "--source", options.source, "-o", output, "--json"], text=True, capture_output=True, check=False)
    seconds = time.monotonic() - start
    if done.returncode not in (0, 3):
        raise Failed(f"suture build --patch {diff}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return seconds, json.loads(done.stdout)


def measure(options, diff):
    seconds, reports = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            took, report = build_once(options, diff, os.path.join(folder, "out.livepatch"))
            seconds.append(took)
            reports.append(report)
    stages = {stage: summary([report["stages"][stage] for report in reports if stage in report.get("stages", {})])
              for stage in reports[0].get("stages", {})}
    row = {"diff": os.path.basename(diff), "ok": reports[-1].get("ok"), "seconds": summary(seconds), "firstSeconds": seconds[0],
           "stages": stages, "peakBytes": peak_child_bytes()}
    slowest = sorted(stages, key=lambda stage: stages[stage]["median"], reverse=True)[:3]
    print(f"{row['diff']}: first {seconds[0]:.2f} s, median {row['seconds']['median']:.2f} s; slowest stages: " +
          ", ".join(f"{stage} {stages[stage]['median']:.2f} s" for stage in slowest), file=sys.stderr, flush=True)
    return row


def run(options):
    result = {"benchmark": "build", "run": describe_run(), "unit": "s", "image": os.path.basename(options.image),
              "rounds": options.rounds, "rows": [measure(options, diff) for diff in options.diffs]}
    if options.rebuild:
        start = time.monotonic()
        if subprocess.call(options.rebuild, shell=True, cwd=options.source, stdout=sys.stderr) != 0:
            raise Failed(f"the rebuild failed: {options.rebuild}")
        result["rebuildSeconds"] = time.monotonic() - start
    write_result(result, options.output)
