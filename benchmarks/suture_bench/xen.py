# SPDX-License-Identifier: Apache-2.0
"""suture bench apply --target xen: the same payload shapes on a stock Xen under QEMU, measured from its dom0.

Xen's own functions cannot be replaced by ones that return 2, so the functions that are patched lie in a payload of
their own, which is applied first. dom0 has one virtual CPU for the client, one for the loop that looks for gaps, and for
"busy" guests up to six more that compute without end; each is pinned to a CPU of its own. Xen says nothing of its
rendezvous and pause: the gap is what can be compared. Its log level is the one that it has by itself: with more, it
prints while the CPUs are stopped.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile
import time

import cpio
from machine import Failed, Suture, summary
from payload import CODE, R_X86_64_64, TARGET_SIZE, elf_file, note

ACTIONS = ("upload", "apply", "revert", "list", "nothing")
TARGETS = "sutureBenchmarkTargets"
TARGETS_ID = b"suture bench targets"
# mov $1,%eax; ret
OLD_CODE = b"\xb8\x01\x00\x00\x00\xc3"
MOST_SPINNERS = 6
START_SECONDS = 900
ROUND_SECONDS = 60


def padded(code):
    return code + b"\xcc" * (TARGET_SIZE - len(code))


def relocation(offset, symbol, addend=0):
    return struct.pack("<QQq", offset, symbol << 32 | R_X86_64_64, addend)


def notes(build_id, depends, own_id):
    return [(name, 7, 2, note(data), 0, 0, 4, 0)
            for name, data in ((".livepatch.xen_depends", build_id), (".livepatch.depends", depends),
                               (".note.gnu.build-id", own_id))]


def make_targets(build_id, functions):
    """The payload that holds the functions. Xen wants a hook where a payload replaces nothing: it does nothing."""
    symbols = bytes(24) + struct.pack("<IBBHQQ", 0, 3, 0, 4, 0, 0) + struct.pack("<IBBHQQ", 1, 0x12, 0, 4, 0,
                                                                              functions * TARGET_SIZE)
    return elf_file(notes(build_id, build_id, TARGETS_ID) + [
        (".text", 1, 6, padded(OLD_CODE) * functions + b"\xc3", 0, 0, 16, 0),
        (".livepatch.hooks.load", 1, 2, bytes(8), 0, 0, 8, 0),
        (".rela.livepatch.hooks.load", 4, 0, relocation(0, 1, functions * TARGET_SIZE), 7, 5, 8, 24),
        (".symtab", 2, 0, symbols, 8, 2, 8, 24),
        (".strtab", 3, 0, b"\0" + TARGETS.encode() + b"\0", 0, 0, 1, 0),
    ])


def make_payload(build_id, functions):
    """A payload that replaces the first `functions` of the targets."""
    funcs = struct.pack("<QQQIIB39x32x", 0, 0, 0, len(CODE), TARGET_SIZE, 2) * functions
    relocations = b"".join(relocation(index * 104, 2) + relocation(index * 104 + 8, 1, index * TARGET_SIZE) +
                           relocation(index * 104 + 16, 3, index * TARGET_SIZE) for index in range(functions))
    symbols = bytes(24) + b"".join(struct.pack("<IBBHQQ", 0, 3, 0, section, 0, 0) for section in (4, 5))
    symbols += struct.pack("<IBBHQQ", 1, 0x10, 0, 0, 0, 0)
    return elf_file(notes(build_id, TARGETS_ID, struct.pack("<Q12x", functions)) + [
        (".text", 1, 6, padded(CODE) * functions, 0, 0, 16, 0),
        (".rodata", 1, 2, b"benchmark target\0", 0, 0, 1, 0),
        (".livepatch.funcs", 1, 3, funcs, 0, 0, 8, 0),
        (".rela.livepatch.funcs", 4, 0, relocations, 8, 6, 8, 24),
        (".symtab", 2, 0, symbols, 9, 3, 8, 24),
        (".strtab", 3, 0, b"\0" + TARGETS.encode() + b"\0", 0, 0, 1, 0),
    ])


def dom0_program():
    path = os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), "xen", "dom0_bench")
    if not os.path.exists(path):
        raise Failed(f"no {path}: build //benchmarks/xen:dom0_bench")
    with open(path, "rb") as file:
        return file.read()


def build_id_of(image):
    """Of an unpacked Xen: from its note, wherever the file has it."""
    head = note(bytes(20))[:16]
    at = image.find(head)
    if at < 0:
        raise Failed("the image has no build-id: not a Xen that can be patched")
    return image[at + 16:at + 36]


def running_xen(options):
    """The Xen that `suture vm start --xen` takes: --image, else the newest in /boot."""
    if options.image:
        return options.image
    names = [f"/boot/{name}" for name in os.listdir("/boot") if name.startswith("xen-") and name.endswith(".gz")]
    if not names:
        raise Failed("no Xen in /boot (Debian's package xen-hypervisor-4.17-amd64 has one)")
    ordered = subprocess.run(["sort", "-V"], input="\n".join(names), text=True, capture_output=True, check=True).stdout
    return ordered.splitlines()[-1]


def overlay(options, build_id, spinners):
    """What is laid over dom0's root: the program, the payloads, and /start, which runs the one on the others."""
    names = [f"functions-{functions}" for functions in options.functions]
    start = (f"#!/bin/busybox sh\n/bin/dom0_bench {options.rounds} {spinners} /targets " +
             " ".join(f"/{name}" for name in names) + " 2>&1\necho \"exit code $?\"\n")
    files = [("start", start.encode()), ("dom0_bench", dom0_program()),
             ("targets", make_targets(build_id, max(options.functions)))]
    files += [(name, make_payload(build_id, functions)) for name, functions in zip(names, options.functions)]
    return cpio.write([("bin/" + name if name == "dom0_bench" else name, data) for name, data in files])


def lines_of(suture, options):
    """Yields the lines that dom0 prints, up to the last one."""
    seen, deadline = 0, time.monotonic() + ROUND_SECONDS + START_SECONDS * max(1, options.rounds // 20)
    while True:
        text = suture.text("vm", "console", "dom0")
        lines = text[:text.rfind("\n") + 1].splitlines()
        for line in lines[seen:]:
            if line.startswith("exit code "):
                return
            yield line
        seen = len(lines)
        if time.monotonic() > deadline:
            raise Failed(f"dom0 did not end; it printed: {text[-2000:]}")
        time.sleep(0.5)


def row_of(values, functions, cpus, guests):
    scale = 1e9 / values["ticksPerSecond"]
    row = {"cpus": cpus, "functions": functions, "guests": guests, "late": values["late"]}
    for action in ACTIONS:
        row[action] = {kind: summary([round(ticks * scale) for ticks in series])
                       for kind, series in values[action].items()}
    return row


def print_row(row):
    if row["late"]:
        print(f"Xen {row['cpus']:3} CPUs {row['guests']}: CPUs were late {row['late']} times", file=sys.stderr)
    for action in ACTIONS:
        client, gap = row[action]["client"], row[action].get("gap")
        seen = f", gap median {gap['median'] / 1000:9.1f} us, max {gap['max'] / 1000:9.1f} us" if gap else ""
        print(f"Xen {row['cpus']:3} CPUs {row['guests']} {row['functions']:5} functions {action:7}: client median "
              f"{client['median'] / 1000:9.1f} us{seen}", file=sys.stderr, flush=True)


def measure_machine(suture, options, build_id, cpus, guests):
    spinners = max(0, min(cpus - 2, MOST_SPINNERS)) if guests == "busy" else 0
    start = ["vm", "start", "--xen", "--cpus", str(cpus), "--icount", str(options.icount), "--wait", f"{START_SECONDS}s",
             "--append", f"dom0_max_vcpus={min(cpus, 2 + spinners)} dom0_vcpus_pin loglvl=warning"]
    if options.image:
        start += ["--image", options.image]
    with tempfile.NamedTemporaryFile(suffix=".cpio") as archive:
        archive.write(overlay(options, build_id, spinners))
        archive.flush()
        suture.run(*start, "--guests", archive.name, timeout=START_SECONDS + 60)
    try:
        shapes = iter(options.functions)
        other = []
        for line in lines_of(suture, options):
            if not line.startswith("{"):
                other.append(line)
                continue
            row = row_of(json.loads(line), next(shapes), cpus, guests)
            print_row(row)
            yield row
        if other != ["ended"]:
            raise Failed("in dom0: " + "; ".join(other))
    finally:
        suture.run("vm", "stop")


def measure(options):
    """Rows for every machine that the options ask for."""
    image = running_xen(options)
    reader = ["gzip", "-dc", image] if image.endswith(".gz") else ["cat", image]
    build_id = build_id_of(subprocess.run(reader, capture_output=True, check=True).stdout)
    with Suture() as suture:
        # The loop that looks for gaps is always there: "probed" is what "idle" is here.
        for guests in dict.fromkeys("idle" if kind == "probed" else kind for kind in options.guests):
            if guests == "none":
                raise Failed("there is no Xen without a dom0: --guests idle or busy")
            for cpus in options.cpus:
                yield from measure_machine(suture, options, build_id, cpus, guests)
