# SPDX-License-Identifier: Apache-2.0
"""suture bench build: from diffs to payloads, seconds and peak memory by stage, cold, fresh and warm.

Cold: nothing of the tree or the image is in the page cache, as far as the kernel lets go of it, and the builder's own cache
is empty. Fresh: the kernel has the files, as on a machine where somebody works on them, and the builder's cache is empty.
Warm: the same build once more. Processor time is what the builder and all its children used: other work on the machine
lengthens it little, while it lengthens the seconds a lot.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from machine import Failed, describe_run, summary, write_result

KINDS = ("cold", "fresh", "warm")
# `suture build` for what it understood and will not build: that takes time, too.
REFUSED = 3


def add_arguments(parser):
    parser.add_argument("--image", required=True, help="the target's unstripped ELF")
    parser.add_argument("--source", default=".", help="the target's source; default: the current folder")
    parser.add_argument("--compile-commands", metavar="FILE", help="as for `suture build`")
    parser.add_argument("--rounds", type=int, default=3, help="cold builds of each diff, each followed by a fresh and a warm one")
    parser.add_argument("--rebuild", metavar="COMMAND",
                        help="shell command that rebuilds the whole tree, for comparison; it runs in a copy of --source")
    parser.add_argument("--output", help="JSON file; default: stdout")
    parser.add_argument("diffs", nargs="+", metavar="DIFF")


class Child:
    """A program that ran to its end, and what it and its children used."""

    def __init__(self, arguments, **options):
        start = time.monotonic()
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=error, text=True, **options)
            _, status, usage = os.wait4(process.pid, 0)
            # Popen is told, or it would wait for a process that is gone.
            process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds = time.monotonic() - start
            self.code = process.returncode
            self.cpu_seconds = usage.ru_utime + usage.ru_stime
            # Of the largest of the processes, not of all together.
            self.peak_bytes = usage.ru_maxrss * 1024
            self.out, self.error = (file.seek(0) or file.read() for file in (out, error))


def evict(path):
    """Asks the kernel to forget what it keeps of a file, or of all files below a folder."""
    files = [path]
    if os.path.isdir(path):
        files = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
    for name in files:
        if os.path.isfile(name) and not os.path.islink(name):
            with open(name, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def build_once(options, diff, folder, cache):
    """One build: (what it used, suture's JSON)."""
    command = [os.environ.get("SUTURE", "suture"), "build", "--patch", diff, "--image", options.image, "--source",
               options.source, "-o", os.path.join(folder, "out.livepatch"), "--json"]
    if options.compile_commands:
        command += ["--compile-commands", options.compile_commands]
    done = Child(command, env=dict(os.environ, XDG_CACHE_HOME=cache))
    if done.code not in (0, REFUSED):
        raise Failed(f"suture build --patch {diff}: exit code {done.code}\n{done.out}{done.error}")
    return done, json.loads(done.out)


def summarise(builds):
    """Seconds, processor seconds and peak bytes of some builds, whole and by stage."""
    reports = [report for _, report in builds]

    def by_stage(key, digest):
        return {stage: digest([report[key][stage] for report in reports if stage in report[key]])
                for stage in reports[0].get(key, {})}

    whole = {key: summary([report[key] for report in reports]) for key in ("parserSeconds", "compilerSeconds")
             if all(key in report for report in reports)}
    return {"seconds": summary([done.seconds for done, _ in builds]),
            "cpuSeconds": summary([done.cpu_seconds for done, _ in builds]), **whole,
            "peakBytes": max(done.peak_bytes for done, _ in builds), "stages": by_stage("stages", summary),
            "stageCpuSeconds": by_stage("cpuSeconds", summary), "stagePeakBytes": by_stage("peakBytes", max)}


def measure(options, diff):
    builds = {kind: [] for kind in KINDS}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            evict(options.source)
            evict(options.image)
            for kind, cache in zip(KINDS, ("first", "second", "second")):
                builds[kind].append(build_once(options, diff, folder, os.path.join(folder, cache)))
    report = builds["warm"][-1][1]
    row = {"diff": os.path.basename(diff), "outcome": report["outcome"], "functions": len(report.get("functions", [])),
           **{kind: summarise(builds[kind]) for kind in KINDS}}
    print_row(row)
    return row


def print_row(row):
    for kind in KINDS:
        whole, stages = row[kind], row[kind]["stages"]
        slowest = sorted(stages, key=lambda stage: stages[stage]["median"], reverse=True)[:3]
        floor = sum(whole[part]["median"] for part in ("parserSeconds", "compilerSeconds") if part in whole)
        print(f"{row['diff']}: {row['outcome']}, {kind}: {whole['seconds']['median']:.2f} s, processor "
              f"{whole['cpuSeconds']['median']:.2f} s, {floor / whole['cpuSeconds']['median']:.0%} of it compiler and parser, peak {whole['peakBytes'] / 2**20:.0f} MiB; slowest stages: " +
              ", ".join(f"{stage} {stages[stage]['median']:.2f} s" for stage in slowest), file=sys.stderr, flush=True)


def rebuild(options):
    """What a rebuild of the whole tree takes, in a copy that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "source")
        shutil.copytree(options.source, copy, symlinks=True)
        done = Child(["/bin/sh", "-c", options.rebuild], cwd=copy)
    if done.code != 0:
        raise Failed(f"the rebuild failed: {options.rebuild}: exit code {done.code}\n{done.out[-2000:]}{done.error[-2000:]}")
    print(f"rebuild: {done.seconds:.1f} s, processor {done.cpu_seconds:.1f} s", file=sys.stderr, flush=True)
    return {"command": options.rebuild, "seconds": done.seconds, "cpuSeconds": done.cpu_seconds,
            "peakBytes": done.peak_bytes}


def run(options):
    for path in [options.image, options.source, *options.diffs]:
        if not os.path.exists(path):
            raise Failed(f"{path}: no such file or folder")
    result = {"benchmark": "build", "run": describe_run(), "unit": "s", "image": os.path.basename(options.image),
              "rounds": options.rounds, "rows": [measure(options, diff) for diff in options.diffs]}
    if options.rebuild:
        result["rebuild"] = rebuild(options)
    write_result(result, options.output)
