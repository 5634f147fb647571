# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of an apply and a revert in the hypervisor and compares them with the accepted ones.

    hypervisor_test.py SUTURE-BENCH SUTURE ACCEPTED             fails when a part grew by more than 5 %, and says which
    hypervisor_test.py SUTURE-BENCH SUTURE ACCEPTED --accept    writes the counts as the new accepted ones

Under -icount the clock counts instructions, of all CPUs together; the median of the rounds repeats to about 0.1 %.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import guard

CPUS, FUNCTIONS, ROUNDS = 4, 100, 20
PARTS = [("apply", "rendezvous"), ("apply", "pause"), ("apply", "total"), ("revert", "pause")]


def measure(bench, suture, more):
    """{"apply pause": instructions, ...}"""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "result.json")
        command = [os.path.realpath(bench), "bench", "apply", "--cpus", str(CPUS), "--functions", str(FUNCTIONS), "--guests",
                   "idle", "--rounds", str(ROUNDS), "--output", output, *more]
        done = subprocess.run(command, env=dict(os.environ, SUTURE=os.path.realpath(suture)), text=True, timeout=280,
                              capture_output=True, check=False)
        if done.returncode != 0:
            sys.exit(f"suture bench apply failed: exit code {done.returncode}\n{done.stderr}")
        with open(output, encoding="utf-8") as file:
            result = json.load(file)
    row, = result["rows"]
    return {f"{action} {kind}": row[action][kind]["median"] >> result["icountShift"] for action, kind in PARTS}


def main():
    parser = argparse.ArgumentParser()
    for name in ("bench", "suture"):
        parser.add_argument(name)
    guard.add_arguments(parser)
    options, more = parser.parse_known_args()
    return guard.conclude(options, measure(options.bench, options.suture, more),
                          "python3 benchmarks/guard/hypervisor_test.py bazel-bin/benchmarks/suture-bench bazel-bin/cli/suture "
                          "benchmarks/guard/accepted_hypervisor.json")


if __name__ == "__main__":
    sys.exit(main())
