# SPDX-License-Identifier: Apache-2.0
"""suture bench apply: rendezvous, pause and total of applies and reverts in suture-hv under QEMU.

QEMU runs all virtual CPUs in one thread on a virtual clock that counts instructions (--icount), so that the host's
scheduler is not in the figures: a time is the number of instructions that all CPUs together ran in it, times 2^shift ns.
"""
import os
import sys
import tempfile

from machine import Failed, Suture, describe_run, summary, write_result
from payload import make_payload, symbol_address

TARGETS = "sutureBenchmarkTargets"
KINDS = ("rendezvous", "pause", "total")


def add_arguments(parser):
    parser.add_argument("--image", help="benchmark image; default: the one that was built beside this program")
    parser.add_argument("--guests", help="archive of guests to run meanwhile; none by default")
    parser.add_argument("--cpus", type=numbers, default=[1, 2, 4, 8, 16, 32, 64], metavar="N,...")
    parser.add_argument("--functions", type=numbers, default=[1, 10, 100, 1000, 5000], metavar="N,...")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--icount", type=int, default=1, metavar="SHIFT", help="2^SHIFT ns an instruction; default 1")
    parser.add_argument("--output", help="JSON file; default: stdout")


def numbers(text):
    return [int(part) for part in text.split(",")]


def default_image():
    return os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), "image", "suture-hv-bench")


def measure_shape(suture, name, rounds):
    """Applies and reverts a loaded payload; {action: {kind: summary in ns}}."""
    times = {"apply": {kind: [] for kind in KINDS}, "revert": {kind: [] for kind in KINDS}}
    for _ in range(rounds):
        for action in ("apply", "revert"):
            done = suture.run(action, name)["times"]
            for kind in KINDS:
                times[action][kind].append(done[kind + "Ns"])
    return {action: {kind: summary(values) for kind, values in kinds.items()} for action, kinds in times.items()}


def measure_machine(suture, options, image, cpus):
    """All payload shapes on a machine of `cpus` CPUs; yields a row for each."""
    start = ["vm", "start", "--image", image, "--cpus", str(cpus), "--icount", str(options.icount), "--timeout-default", "4s"]
    suture.run(*start, *(["--guests", options.guests] if options.guests else []))
    try:
        build_id = bytes.fromhex(suture.run("list")["hypervisorBuildId"])
        first = symbol_address(image, TARGETS)
        for functions in options.functions:
            with tempfile.NamedTemporaryFile(suffix=".livepatch") as file:
                file.write(make_payload(build_id, first, functions, functions))
                file.flush()
                name = f"functions-{functions}"
                suture.run("upload", name, file.name)
            row = {"cpus": cpus, "functions": functions, **measure_shape(suture, name, options.rounds)}
            suture.run("unload", name)
            print_row(row, options.icount)
            yield row
    finally:
        suture.run("vm", "stop")


def print_row(row, shift):
    for action in ("apply", "revert"):
        pause, total = row[action]["pause"], row[action]["total"]
        print(f"{row['cpus']:3} CPUs {row['functions']:5} functions {action:6}: pause median {pause['median'] / 1000:9.1f} us "
              f"({pause['median'] >> shift} instructions), p99 {pause['p99'] / 1000:9.1f}, max {pause['max'] / 1000:9.1f}, "
              f"total {total['median'] / 1000:9.1f} us", file=sys.stderr, flush=True)


def run(options):
    image = options.image or default_image()
    if not os.path.exists(image):
        raise Failed(f"no benchmark image {image}: build //benchmarks/image:suture-hv-bench or pass --image")
    result = {"benchmark": "apply", "run": describe_run(), "target": "suture-hv", "unit": "ns", "icountShift": options.icount,
              "rounds": options.rounds, "guests": options.guests, "rows": []}
    with Suture() as suture:
        for cpus in options.cpus:
            result["rows"] += measure_machine(suture, options, image, cpus)
    write_result(result, options.output)
