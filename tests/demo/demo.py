# SPDX-License-Identifier: Apache-2.0
"""The main job end to end: a git diff of the hypervisor becomes a payload, the payload patches the running hypervisor.

Prints each `suture` command before it runs it and what came back. Every step is checked by what guests print, by what
the hypervisor says of itself and by exit codes; the first step that is not as it should be ends the demo with exit 1.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
# pylint: disable=wrong-import-position
from suture_vm import Unexpected, VirtualMachine, matches, wait_for

LEAK = r"index \d+: read "
REFUSED = r"index \d+: refused"


class Narrator:
    """Prints headings, commands and what came back."""

    def __init__(self):
        self.start = time.monotonic()

    def step(self, text):
        print(f"\n[{time.monotonic() - self.start:5.1f} s] {text}", flush=True)

    def command(self, program, arguments):
        print(f"  $ {shlex.join([program, *arguments])}", flush=True)

    def outcome(self, done):
        for line in (done.stdout + done.stderr).splitlines():
            print(f"    {line}")
        if done.returncode:
            print(f"    (exit code {done.returncode})")
        sys.stdout.flush()

    def seen(self, text):
        print(f"  seen: {text}", flush=True)


def check(condition, text):
    if not condition:
        raise Unexpected(text)


class Demo:
    """One run of the scenario; the paths are relative to the root of the checkout, where it runs."""

    def __init__(self, options, suture, say, scratch):
        self.options, self.suture, self.say, self.scratch = options, suture, say, scratch
        self.here = os.path.relpath(os.path.dirname(os.path.abspath(__file__)))

    def payload(self, name):
        return os.path.join(self.scratch, name + ".livepatch")

    def prober_line(self, pattern, what):
        """Waits for a line that the prober prints from now on."""
        before = len(self.suture.console("prober"))
        found = wait_for(what, lambda: matches(pattern, self.suture.console("prober")[before:]))
        self.say.seen(f"prober: {found[-1].string}")

    def heartbeats(self):
        return [int(match[1]) for match in matches(r"heartbeat (\d+)", self.suture.console("heartbeat"))]

    def heartbeat_unbroken(self, since):
        """The counter went on since the given beat without a gap and without a restart."""
        beats = wait_for("three more heartbeats", lambda: (lambda all_: all_ if all_[-1] >= since + 3 else None)(self.heartbeats()))
        check(beats == list(range(beats[0], beats[0] + len(beats))), f"heartbeats are not in a row: {beats}")
        self.say.seen(f"heartbeat: counted from {since} to {beats[-1]} without a gap")

    def listing(self):
        return {row["name"]: row for row in self.suture.json("list")["payloads"]}

    def build(self, name, *arguments, image=None, expect=0):
        return self.suture.run("build", *arguments, "--image", image or self.options.image, "-o", self.payload(name),
                               expect=expect)

    def run(self):
        for part in (self.before, self.first_fix, self.second_fix, self.dependencies, self.revert, self.unload):
            part()

    def before(self):
        self.say.step("1. The hypervisor runs; its guest 'prober' reads memory that it should not see")
        self.suture.run("vm", "status")
        self.prober_line(LEAK, "the prober to read hypervisor memory")

    def first_fix(self):
        self.say.step("2. A bounds check, as a git diff, becomes a payload")
        self.build("fix-1", "--patch", f"{self.here}/fix-1.diff")
        self.say.step("3. Loaded: the prober is refused, the other guest never noticed")
        beat = self.heartbeats()[-1]
        done = self.suture.run("load", self.payload("fix-1"))
        check("pause" in done.stdout, "suture load did not print the pause")
        self.prober_line(REFUSED, "the prober to be refused")
        self.heartbeat_unbroken(beat)

    def second_fix(self):
        self.say.step("4. A second fix on top of it; names of any length")
        self.long_name = "cpuid-policy-" + "x" * (127 - len("cpuid-policy-"))
        self.build("fix-2", "--patch", f"{self.here}/fix-2.diff", "--depends", self.payload("fix-1"))
        self.suture.run("load", self.payload("fix-2"), "--name", self.long_name)
        self.build("debug", "--patch", f"{self.here}/debug.diff")
        self.suture.run("upload", "d", self.payload("debug"))
        self.suture.run("list")
        rows = self.listing()
        check(sorted(rows) == sorted(["fix-1", self.long_name, "d"]), f"list shows {sorted(rows)}")
        check([rows[name]["state"] for name in ("fix-1", self.long_name, "d")] == ["APPLIED", "APPLIED", "CHECKED"],
              f"states: {rows}")
        check(rows[self.long_name]["depends"] == rows["fix-1"]["buildId"], "fix-2 does not depend on fix-1")
        self.say.seen("the stack is 2 high, the second payload depends on the first")
        self.prober_line(r"cpuid leaf 6: eax 0+$", "the second fix to hide CPUID leaf 6")

    def dependencies(self):
        self.say.step("5. A debug payload depends on the hypervisor alone: refused on this stack, unless told otherwise")
        self.suture.run("apply", "d", expect=3)
        self.suture.run("apply", "d", "--nodeps")
        check(self.listing()["d"]["state"] == "APPLIED", "the debug payload is not applied")
        self.say.step("   One built for another hypervisor is refused all the same")
        self.build("other", "--patch", f"{self.here}/debug.diff", image=self.options.other_image)
        self.suture.run("load", self.payload("other"), "--nodeps", expect=3)
        check("other" not in self.listing(), "the refused payload was left behind")

    def revert(self):
        self.say.step("6. Reverted in the wrong order: refused. In the right order: done, and the flaw is back")
        self.suture.run("revert", "fix-1", expect=3)
        beat = self.heartbeats()[-1]
        for name in ("d", self.long_name, "fix-1"):
            self.suture.run("revert", name)
        self.prober_line(LEAK, "the prober to read hypervisor memory again")
        self.prober_line(r"cpuid leaf 6: eax 0*[1-9a-f]", "CPUID leaf 6 to be back")
        self.heartbeat_unbroken(beat)

    def unload(self):
        self.suture.run("unload", "d", self.long_name, "fix-1")
        self.suture.run("list")
        check(not self.listing(), "payloads are left")


def tree_state():
    """What git says of the work tree; the demo must not change it."""
    return subprocess.run(["git", "status", "--porcelain"], text=True, capture_output=True, check=True).stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--suture", required=True, help="the command")
    parser.add_argument("--image", required=True, help="the hypervisor that runs")
    parser.add_argument("--other-image", required=True, help="a hypervisor with another build-id")
    parser.add_argument("--guests", required=True, help="archive of heartbeat and prober")
    options = parser.parse_args()
    say = Narrator()
    before = tree_state()
    vm = VirtualMachine(options.suture, "--image", options.image, "--guests", options.guests, "--cpus", "4")
    vm.suture.echo = say
    try:
        with tempfile.TemporaryDirectory() as scratch, vm as suture:
            Demo(options, suture, say, scratch).run()
            say.step("7. The machine stops in order; the source tree is untouched")
        check(tree_state() == before, "the work tree has changed")
        say.seen("git status prints the same as before")
    except (Unexpected, subprocess.TimeoutExpired) as error:
        print(f"\ndemo: FAILED: {error}", file=sys.stderr)
        return 1
    say.step("Done: every step was seen to work.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
