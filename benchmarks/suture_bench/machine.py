# SPDX-License-Identifier: Apache-2.0
"""The command under measurement, and what is said of the machine in each result."""
import json
import os
import platform
import subprocess
import sys
import tempfile
import time


class Failed(Exception):
    """A measurement could not be made."""


class Suture:
    """Runs `suture`, with a state folder of its own."""

    def __init__(self):
        self.program = os.environ.get("SUTURE", "suture")
        # Unix sockets have short paths.
        self._folder = tempfile.TemporaryDirectory(prefix="suture-", dir="/tmp")
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self._folder.name)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._folder.cleanup()

    def control_socket(self):
        """The control channel of the VM that was started without a name."""
        return os.path.join(self.environment["XDG_RUNTIME_DIR"], "suture", "default", "control.sock")

    def text(self, *arguments, timeout=300):
        """What `suture ARGUMENTS` printed."""
        done = subprocess.run([self.program, *arguments], env=self.environment, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode != 0:
            raise Failed(f"suture {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def run(self, *arguments, timeout=300):
        """The JSON that `suture ARGUMENTS --json` printed."""
        return json.loads(self.text(*arguments, "--json", timeout=timeout))


def first_line(*command):
    try:
        return subprocess.run(command, text=True, capture_output=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None


def describe_run():
    """Machine, versions, command and load of this run."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {
        # Files by their names alone: where they lay on this machine helps nobody.
        "command": ["suture", *(part if not os.path.isabs(part) else os.path.basename(part) for part in sys.argv[1:])],
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "processor": models[0] if models else platform.machine(),
        "processors": os.cpu_count(),
        "loadAverage": os.getloadavg(),
        "kernel": platform.release(),
        "qemu": first_line("qemu-system-x86_64", "--version"),
        "compiler": first_line("clang-19", "--version"),
    }


def summary(values):
    """Median (the upper one of two), 99th percentile, maximum and the values in the order of the rounds."""
    ordered = sorted(values)
    return {"median": ordered[len(ordered) // 2], "p99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
            "max": ordered[-1], "all": list(values)}


def write_result(result, output):
    """Writes a result as JSON, to a file or to stdout."""
    text = json.dumps(result, indent=1) + "\n"
    if output:
        with open(output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
