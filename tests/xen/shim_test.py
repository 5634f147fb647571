# SPDX-License-Identifier: Apache-2.0
"""Debian's unmodified xen-livepatch against Suture's runtime, through libsuture_xencall.so.

Xen's tool and its libxc know nothing of Suture: what they make of the answers is a check that nobody here wrote.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import payloads
from control_server import ControlServer
from control_session import ControlSession
from dom0 import XEN_LIVEPATCH
from suture_vm import VirtualMachine, wait_for

BIN = os.path.dirname(os.path.dirname(os.path.realpath(os.environ["SUTURE"])))
SHIM = os.path.join(BIN, "cli/xencall_shim/libsuture_xencall.so")
STATE = re.compile(r"^(\S+) *\| (CHECKED|APPLIED) +\| ?(.*)$", re.MULTILINE)


class XenLivepatch:
    """The tool, pointed at a target that `suture --target` would take."""

    def __init__(self, target, runtime_dir=None):
        self.environment = dict(os.environ, LD_PRELOAD=SHIM, SUTURE_TARGET=target)
        if runtime_dir:
            self.environment["XDG_RUNTIME_DIR"] = runtime_dir

    def run(self, *arguments):
        """Returns exit code, stdout and stderr."""
        done = subprocess.run([XEN_LIVEPATCH, *arguments], env=self.environment, text=True, capture_output=True,
                              timeout=120, stdin=subprocess.DEVNULL, check=False)
        return done.returncode, done.stdout, done.stderr

    def states(self):
        """{name: (state, metadata)} in the order of the list."""
        code, out, error = self.run("list")
        assert code == 0, (out, error)
        return {name: (state, metadata) for name, state, metadata in STATE.findall(out)}


class AgainstTheRuntime(unittest.TestCase):
    def setUp(self):
        self.server = ControlServer()
        self.addCleanup(self.server.close)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.tool = XenLivepatch("unix:" + self.server.socket)

    def payload(self, name, build_id, **options):
        return payloads.assemble(os.path.join(self.folder.name, name + ".livepatch"), self.server, name, build_id,
                                 function="demo_answer", **options)

    def expect(self, code, *arguments, says=""):
        """Runs the tool; some actions are asked for again, since a machine that is busy stops late."""
        for _try in range(8):
            got, out, error = self.tool.run(*arguments)
            if got == code or got != 2:
                break
        self.assertEqual(got, code, (arguments, out, error))
        if says:
            self.assertRegex(out + error, says)

    def test_every_verb(self):
        first = self.payload("first", "11" * 20, metadata=["a=b", "c=d"])
        second = self.payload("second", "22" * 20, depends="11" * 20)
        third = self.payload("third", "33" * 20)
        self.expect(0, "list", says="Nothing to list")
        self.expect(0, "upload", "first", first, says="completed")
        self.assertEqual(self.tool.states(), {"first": ("CHECKED", "a=b;c=d")})
        self.expect(0, "apply", "first", says="completed")
        self.expect(0, "apply", "first", says="No action needed")
        self.expect(0, "load", second)
        self.expect(1, "upload", "first", third, says="File exists")
        self.expect(0, "upload", "third", third)
        self.expect(1, "apply", "third", says="Invalid argument")
        self.assertEqual(self.tool.states()["third"][0], "CHECKED")
        self.expect(0, "apply", "third", "--nodeps")
        self.assertEqual([state for state, _metadata in self.tool.states().values()], ["APPLIED"] * 3)
        self.assertNotEqual(self.tool.run("revert", "first")[0], 0)
        self.expect(0, "revert", "third")
        self.expect(0, "replace", "third")
        self.assertEqual({name: state for name, (state, _metadata) in self.tool.states().items()},
                         {"first": "CHECKED", "second": "CHECKED", "third": "APPLIED"})
        self.expect(0, "revert", "third")
        for name in ("third", "second", "first"):
            self.expect(0, "unload", name)
        self.expect(0, "list", says="Nothing to list")

    def test_refusals_carry_the_runtimes_reason(self):
        wrong = self.payload("wrong", "44" * 20, xen_depends="77" * 20)
        self.expect(1, "upload", "wrong", wrong, says="suture: built for another hypervisor: 7777")
        self.expect(1, "upload", "junk", SHIM)
        self.expect(1, "apply", "nobody", says="No such file")
        self.expect(0, "list", says="Nothing to list")

    def test_no_hypervisor_at_the_target(self):
        tool = XenLivepatch("unix:" + self.server.socket + ".not")
        _code, _out, error = tool.run("list")
        self.assertIn("suture: ", error)
        self.assertIn("failed to get the handler", error)

    def test_0_to_3000_payloads_with_names_of_1_to_127_bytes(self):
        own = "aa" * 20
        with open(self.payload("many", own), "rb") as file:
            template = file.read()
        names = []
        self.assertEqual(self.tool.states(), {})
        for wanted in (1, 2, 127, 1023, 1024, 1025, 2048, 2049, 3000):
            session = ControlSession(self.server.socket)
            while len(names) < wanted:
                number = len(names)
                name = (f"{number}-".ljust(number % 127 + 1, "n"))[:127] if number else "n"
                result, reason = session.upload(name, payloads.with_build_id(template, own, f"{number + 1:040x}"))
                self.assertEqual(result, 0, (name, reason))
                names.append(name)
            session.close()
            self.assertEqual(list(self.tool.states()), names, wanted)
        self.assertGreaterEqual({len(name) for name in names}, {1} | set(range(6, 128)))


class AgainstSutureHv(unittest.TestCase):
    """The same tool and a payload that the builder made, on the hypervisor itself."""

    def test_a_built_payload_goes_in_and_out(self):
        machine = VirtualMachine(os.environ["SUTURE"], "--image", os.environ["SUTURE_IMAGE"], "--guests",
                                 os.environ["SUTURE_GUESTS"], "--cpus", "1")
        with machine as suture, tempfile.TemporaryDirectory() as folder:
            fix = os.path.join(folder, "fix-1.livepatch")
            suture.run("build", "--patch", "tests/demo/fix-1.diff", "--image", os.environ["SUTURE_IMAGE"], "-o", fix)
            tool = XenLivepatch("vm:default", suture.environment["XDG_RUNTIME_DIR"])
            self.assertEqual(tool.states(), {})
            wait_for("xen-livepatch load", lambda: tool.run("load", fix)[0] == 0)
            self.assertEqual(tool.states()["fix-1"][0], "APPLIED")
            self.assertEqual(suture.json("list")["payloads"][0]["state"], "APPLIED")
            wait_for("xen-livepatch revert", lambda: tool.run("revert", "fix-1")[0] == 0)
            self.assertEqual(tool.run("unload", "fix-1")[0], 0)
            self.assertEqual(suture.json("list")["payloads"], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
