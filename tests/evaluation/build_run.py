# SPDX-License-Identifier: Apache-2.0
"""Runs `suture build` as a user would, and measures it."""
import json
import os
import subprocess
import tempfile
import threading
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
SAMPLE_SECONDS = 0.05
MOUNT = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"'


def placed(tree, built_at, command):
    """The command, with the tree visible where it was built: builds record absolute paths. Nobody else sees the mount."""
    if built_at is None or os.path.realpath(tree) == os.path.realpath(built_at):
        return command
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", "--mount", *user, "sh", "-c", MOUNT, "sh", os.path.realpath(tree), built_at, *command]


def descendants(pid):
    """pid and all processes below it that live at this moment."""
    result, waiting = [], [pid]
    while waiting:
        process = waiting.pop()
        result.append(process)
        try:
            for task in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as file:
                    waiting += [int(word) for word in file.read().split()]
        except (FileNotFoundError, ProcessLookupError):
            pass  # It ended while it was looked at.
    return result


def resident(pid):
    """Bytes of memory that a process has now, 0 once it is gone."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * PAGE
    except (FileNotFoundError, ProcessLookupError):
        return 0


class MemoryWatch(threading.Thread):
    """Samples the memory of a process and all below it together; `peak` is in bytes."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.done = pid, 0, threading.Event()

    def run(self):
        while not self.done.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(resident(pid) for pid in descendants(self.pid)))


def measured(command, environment, timeout):
    """Runs a command; (exit code or None if it took too long, stdout, stderr, figures)."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        before = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment)
        watch = MemoryWatch(process.pid)
        watch.start()
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        late = not timer.is_alive()
        timer.cancel()
        watch.done.set()
        watch.join()
        figures = {"seconds": round(time.monotonic() - before, 3), "cpuSeconds": round(usage.ru_utime + usage.ru_stime, 3),
                   "peakBytes": max(watch.peak, usage.ru_maxrss * 1024)}
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return (None if late else process.returncode), out.read(), err.read(), figures


def build(options, tree, diff, output):
    """Builds the payload of a diff; a dictionary: the builder's JSON as `report`, `exitCode`, `stderr` and the figures."""
    there = options.built_at or os.path.realpath(tree)
    command = [options.suture, "build", "--patch", os.path.abspath(diff), "--image", os.path.join(there, options.image),
               "--source", there, "-o", os.path.abspath(output), "--json", *options.build_option]
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # Where the builder works when nobody says otherwise.
    with tempfile.TemporaryDirectory(prefix="evaluation-", dir=memory) as scratch:
        environment = dict(os.environ, TMPDIR=scratch)
        code, out, err, figures = measured(placed(tree, options.built_at, command), environment, options.timeout)
        left = sorted(os.listdir(scratch))
    try:
        report = json.loads(out) if out.strip() else {}
    except ValueError:
        report = {}
    return {"exitCode": code, "report": report, "stderr": err[-4000:], "left": left, **figures}
