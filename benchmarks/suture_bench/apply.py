# SPDX-License-Identifier: Apache-2.0
"""suture bench apply: rendezvous, pause and total of applies and reverts in suture-hv under QEMU.

QEMU runs all virtual CPUs in one thread on a virtual clock that counts instructions (--icount), so that the host's
scheduler is not in the figures: a time is the number of instructions that all CPUs together ran in it, times 2^shift ns.

Guests, one a CPU as far as the hypervisor has room (15): "idle" sleep, "busy" compute without end. "probed" sleep but for
one on the last CPU, which looks for gaps in time: the pause as a guest sees it.

The floor of each shape's pause is measured on the same machine: an empty rendezvous (a payload that patches nothing), and one
in which 5 bytes a function are stored through the same alias and nothing else is done.
"""
import argparse
import os
import sys
import tempfile
import time

import cpio
import xen
from channel import Channel
from machine import Failed, Suture, describe_run, summary, write_result
from payload import empty_payload, make_payload, stores_payload, symbol_address

TARGETS, STORES = "sutureBenchmarkTargets", "sutureBenchmarkStores"
TARGET_COUNT = 5000
KINDS = ("rendezvous", "pause", "total")
# All but the last one, and the last one.
GUESTS = {"none": None, "idle": ("sleeper", "sleeper"), "busy": ("spinner", "spinner"), "probed": ("sleeper", "prober")}
PROBER = "prober"
# QEMU offers 16 address space identifiers, and the hypervisor keeps one.
MOST_GUESTS = 15
# MiB: what the hypervisor takes for itself, and what a guest takes.
OWN_MEMORY, CPU_MEMORY, GUEST_MEMORY = 256, 8, 18
# Windows: the first ones may have been under way to us when the action began.
GAPS_WAITED_FOR = 5
# As every round is nearly the same, fewer do for what others are compared with.
FLOOR_ROUNDS = 20
# CPUs that take turns with busy guests are slow to start.
START_SECONDS = 600


def add_arguments(parser):
    parser.add_argument("--target", choices=("suture-hv", "xen"), default="suture-hv")
    parser.add_argument("--image", help="benchmark image; default: the one that was built beside this program")
    parser.add_argument("--cpus", type=numbers, default=[1, 2, 4, 8, 16, 32, 64], metavar="N,...")
    parser.add_argument("--functions", type=numbers, default=[1, 10, 100, 1000, 5000], metavar="N,...")
    parser.add_argument("--guests", type=kinds, default=["idle", "busy", "probed"], metavar="KIND,...",
                        help=f"of {', '.join(GUESTS)}; default: idle,busy,probed")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--stride", type=int, default=1, metavar="N",
                        help=f"patch every Nth of the image's {TARGET_COUNT} functions, which lie 256 a page; default 1")
    parser.add_argument("--icount", type=int, default=1, metavar="SHIFT", help="2^SHIFT ns an instruction; default 1")
    parser.add_argument("--output", help="JSON file; default: stdout")


def numbers(text):
    return [int(part) for part in text.split(",")]


def kinds(text):
    chosen = text.split(",")
    if unknown := set(chosen) - set(GUESTS):
        raise argparse.ArgumentTypeError(f"no such guests: {', '.join(unknown)}")
    return chosen


def built_file(*parts):
    """Something that was built beside this program."""
    path = os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), *parts)
    if not os.path.exists(path):
        raise Failed(f"no {path}: build //benchmarks/{'/'.join(parts[:-1])}:all, or pass --image")
    return path


def guest_files(kind, cpus):
    """(name, program) of the guests for a machine of `cpus` CPUs; the hypervisor deals them out in that order."""
    if GUESTS[kind] is None:
        return []
    with open(built_file("guests", "bench-guests.cpio"), "rb") as file:
        programs = cpio.read(file.read())
    usual, last = GUESTS[kind]
    count = min(cpus, MOST_GUESTS)
    names = [usual] * (count - 1) + [last]
    return [(name if name == PROBER else f"{name}-{index}", programs[name]) for index, name in enumerate(names)]


class Prober:
    """The guest that prints the longest gap of every few ms."""

    def __init__(self, suture):
        self.suture = suture
        self.seen = 0
        self.gaps()

    def gaps(self):
        """What it printed since the last call, in ns."""
        text = self.suture.text("vm", "console", PROBER)
        lines = text[:text.rfind("\n") + 1].splitlines()
        new, self.seen = lines[self.seen:], len(lines)
        return [int(line.removeprefix("gap ")) for line in new if line.startswith("gap ")]

    def longest(self):
        """The longest gap since the last call; waits until the window that is open now is closed."""
        gaps, deadline = [], time.monotonic() + 60
        while len(gaps) < GAPS_WAITED_FOR:
            if time.monotonic() > deadline:
                raise Failed("the guest that looks for gaps is silent")
            gaps += self.gaps()
        return max(gaps)


def measure_shape(channel, name, rounds, prober):
    """Applies and reverts a loaded payload; {action: {kind: summary in ns}}."""
    kinds_of = KINDS + (("gap",) if prober else ())
    times = {action: {kind: [] for kind in kinds_of} for action in ("apply", "revert")}
    for _ in range(rounds):
        for action in ("apply", "revert"):
            if prober:
                prober.gaps()
            done = channel.act(name, action)
            if prober:
                done["gap"] = prober.longest()
            for kind in kinds_of:
                times[action][kind].append(done[kind])
    return {action: {kind: summary(values) for kind, values in by_kind.items()} for action, by_kind in times.items()}


def measure_payload(suture, channel, name, payload, rounds, prober=None):
    """Uploads a payload, measures it, unloads it."""
    with tempfile.NamedTemporaryFile(suffix=".livepatch") as file:
        file.write(payload)
        file.flush()
        suture.run("upload", name, file.name)
    measured = measure_shape(channel, name, rounds, prober)
    suture.run("unload", name)
    return measured


def measure_machine(suture, options, image, cpus, guests):
    """All payload shapes on a machine of `cpus` CPUs; yields a row for each."""
    targets, stores = (symbol_address(image, symbol) for symbol in (TARGETS, STORES))
    memory = OWN_MEMORY + CPU_MEMORY * cpus + GUEST_MEMORY * min(cpus, MOST_GUESTS)
    start = ["vm", "start", "--image", image, "--cpus", str(cpus), "--icount", str(options.icount), "--timeout-default", "4s",
             "--memory", str(memory), "--wait", f"{START_SECONDS}s"]
    with tempfile.NamedTemporaryFile(suffix=".cpio") as archive:
        if files := guest_files(guests, cpus):
            archive.write(cpio.write(files))
            archive.flush()
            start += ["--guests", archive.name]
        suture.run(*start, timeout=START_SECONDS + 60)
    try:
        build_id = bytes.fromhex(suture.run("list")["hypervisorBuildId"])
        channel = Channel(suture.control_socket())
        prober = Prober(suture) if any(name == PROBER for name, _ in files) else None
        floor_rounds = min(options.rounds, FLOOR_ROUNDS)
        empty = measure_payload(suture, channel, "empty", empty_payload(build_id), floor_rounds)
        for functions in options.functions:
            shape = measure_payload(suture, channel, f"functions-{functions}",
                                    make_payload(build_id, targets, functions, options.stride), options.rounds, prober)
            bare = measure_payload(suture, channel, f"stores-{functions}", stores_payload(build_id, stores, functions),
                                   floor_rounds)
            row = {"cpus": cpus, "functions": functions, "guests": guests, **shape,
                   "floor": {"empty": empty["apply"]["pause"], "stores": bare["apply"]["pause"]}}
            print_row(row, options.icount)
            yield row
    finally:
        suture.run("vm", "stop")


def print_row(row, shift):
    for action in ("apply", "revert"):
        pause, total = row[action]["pause"], row[action]["total"]
        floor = row["floor"]["stores"]["median"]
        gap = f", gap {row[action]['gap']['median'] / 1000:.1f} us" if "gap" in row[action] else ""
        print(f"{row['cpus']:3} CPUs {row['guests']} {row['functions']:5} functions {action:6}: pause median "
              f"{pause['median'] / 1000:9.1f} us ({pause['median'] >> shift} instructions, {pause['median'] / floor:.2f} times the floor), p99 "
              f"{pause['p99'] / 1000:9.1f}, max {pause['max'] / 1000:9.1f}, total {total['median'] / 1000:9.1f} us{gap}", file=sys.stderr, flush=True)


def run(options):
    result = {"benchmark": "apply", "run": describe_run(), "target": options.target, "unit": "ns",
              "icountShift": options.icount, "rounds": options.rounds, "stride": options.stride, "rows": []}
    if options.target == "xen":
        result["rows"] += xen.measure(options)
    else:
        image = options.image or built_file("image", "suture-hv-bench")
        if not os.path.exists(image):
            raise Failed(f"no benchmark image {image}")
        if max(options.functions) * options.stride > TARGET_COUNT:
            raise Failed(f"the image has {TARGET_COUNT} functions, not {max(options.functions) * options.stride}")
        with Suture() as suture:
            for guests in options.guests:
                for cpus in options.cpus:
                    result["rows"] += measure_machine(suture, options, image, cpus, guests)
    write_result(result, options.output)
