# SPDX-License-Identifier: Apache-2.0
"""Runs `suture` and its virtual machines for tests and for ./demo. Every wait has a time-out; none passes silently."""
import json
import os
import re
import subprocess
import tempfile
import time


class Unexpected(Exception):
    """Something was not observed to be as it should."""


class Suture:
    """The command, with a state folder of its own, so that tests disturb neither each other nor a user's machine."""

    def __init__(self, program, environment=None, echo=None):
        self.program = program
        self.echo = echo
        self.environment = dict(os.environ, **(environment or {}))

    def run(self, *arguments, expect=0, timeout=120):
        """Runs `suture ARGUMENTS` and checks its exit code; returns the finished process with text output."""
        if self.echo:
            self.echo.command("suture", arguments)
        done = subprocess.run([self.program, *arguments], env=self.environment, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if self.echo:
            self.echo.outcome(done)
        if done.returncode != expect:
            raise Unexpected(f"suture {' '.join(arguments)}: exit code {done.returncode}, not {expect}\n"
                             f"{done.stdout}{done.stderr}")
        return done

    def json(self, *arguments, expect=0):
        """Runs `suture ARGUMENTS --json` without echo and returns what it printed, parsed."""
        done = subprocess.run([self.program, *arguments, "--json"], env=self.environment, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode != expect:
            raise Unexpected(f"suture {' '.join(arguments)} --json: exit code {done.returncode}, not {expect}\n"
                             f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def console(self, guest):
        """Everything that the guest has printed so far, as lines."""
        done = subprocess.run([self.program, "vm", "console", guest], env=self.environment, text=True, timeout=30,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, errors="replace")
        return done.stdout.splitlines()


def wait_for(what, condition, timeout=30.0):
    """Calls condition() until it returns something true, and returns that; after timeout seconds it is an error."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise Unexpected(f"waited {timeout:.0f} s in vain for: {what}")
        time.sleep(0.05)


class VirtualMachine:
    """A `suture vm` of its own, started on entry and stopped on exit, whatever happened in between."""

    def __init__(self, program, *options, start_timeout=180):
        # Unix sockets have short paths: not the test's own temporary folder.
        self._folder = tempfile.TemporaryDirectory(prefix="suture-", dir="/tmp")
        self.suture = Suture(program, {"XDG_RUNTIME_DIR": self._folder.name})
        self.options = options
        self.start_timeout = start_timeout

    def __enter__(self):
        try:
            self.suture.run("vm", "start", *self.options, timeout=self.start_timeout)
        except BaseException:
            self._folder.cleanup()
            raise
        return self.suture

    def __exit__(self, *_error):
        try:
            self.suture.run("vm", "stop")
        finally:
            self._folder.cleanup()


def matches(pattern, lines):
    """The match objects of the lines that the pattern is found in."""
    return [match for match in (re.search(pattern, line) for line in lines) if match]
