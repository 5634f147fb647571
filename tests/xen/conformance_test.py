# SPDX-License-Identifier: Apache-2.0
"""Suture's runtime against stock Xen, with Xen's own tool and with payloads that are wrong in one way each.

The same commands, the same payloads but for the function they replace, the same requests: what both answer is compared
line by line and number by number. Where they are meant to differ the case says so, as docs/ does.
"""
import errno
import hashlib
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bad_payloads
import conformance_steps
import dom0
import payloads
from elf_editor import Elf
from control_session import ControlSession
from suture_vm import VirtualMachine, wait_for

SUTURE = os.environ["SUTURE"]
BIN = os.path.dirname(os.path.dirname(os.path.realpath(SUTURE)))
SHIM = os.path.join(BIN, "cli/xencall_shim/libsuture_xencall.so")
MANY = 3000
# dom0's part: the steps; then, whenever a payload makes the hypervisor's version say so, the tool's list as a whole.
START = dom0.START.split("last=")[0] + r"""while :; do
  if [ "$(cat /sys/hypervisor/version/extra)" = ".list" ] && [ ! -e /listed ]; then
    xen-livepatch list > /listed 2>&1
    echo "listed: exit $?, $(wc -l < /listed) lines, $(sha256sum < /listed | cut -c1-64)"
  fi
  usleep 200000
done
"""


def make_payloads(folder, target, function):
    """The payloads that the steps name."""
    os.makedirs(folder)
    identity = {name: f"{number:02x}" * 20 for number, name in enumerate("abcnrevw", start=1)}
    special = {
        "a": {"metadata": ["purpose=test", "second=entry"]},
        "b": {"depends": identity["a"]},
        "c": {"depends": identity["b"], "metadata": ["only=one"]},
        "e": {"expect": b"\xcc" * 5},
        "v": {"veto": -5},
        "w": {"xen_depends": "77" * 20},
    }
    for name, build_id in identity.items():
        payloads.assemble(os.path.join(folder, f"{name}.livepatch"), target, f".{name}", build_id, function=function,
                          **special.get(name, {}))
    payloads.assemble(os.path.join(folder, "many.livepatch"), target, ".list", "aa" * 20, function=function,
                      metadata=["k=v"])
    with open(os.path.join(folder, "junk"), "w", encoding="ascii") as file:
        file.write("no ELF file\n" * 100)


class Target:
    """A hypervisor under test: how to say things to it, and what payloads for it need to know."""

    def __init__(self, suture, symbols, function, existing, folder):
        self.suture, self.symbols, self.function, self.existing, self.folder = suture, symbols, function, existing, folder

    def session(self):
        return ControlSession(os.path.join(self.suture.environment["XDG_RUNTIME_DIR"], "suture", "default", "control.sock"))

    def good(self, extra=""):
        """The payload that bad ones are made of."""
        path = os.path.join(self.folder, "good.livepatch")
        payloads.assemble(path, self.symbols, ".good", "bb" * 20, function=self.function, extra=bad_payloads.MORE + extra)
        with open(path, "rb") as file:
            return file.read()


def upload(session, name, payload):
    """As ControlSession.upload(), asked again while the broker says that the machine is busy."""
    for _ in range(10):
        result, reason = session.upload(name, payload)
        if result != -errno.EAGAIN:
            break
    return result, reason


def many_names():
    """Names of all lengths from 1 to 127."""
    return ["n"] + [f"{number}-".ljust(number % 127 + 1, "n")[:127] for number in range(1, MANY)]


class Conformance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        folder = cls.temporary.name
        cls.steps = conformance_steps.steps()
        xen_symbols, function = payloads.XenSymbols(), "xen_extra_version"
        make_payloads(os.path.join(folder, "xen"), xen_symbols, function)
        files = [os.path.join(folder, "xen", name) for name in sorted(os.listdir(os.path.join(folder, "xen")))]
        overlay = dom0.make_overlay(folder, cls.steps, files, start=START)
        machine = VirtualMachine(SUTURE, "--xen", "--guests", overlay, "--cpus", "1", "--wait", "300s")
        cls.xen = Target(machine.__enter__(), xen_symbols, function, "printk", folder)
        cls.addClassCleanup(machine.__exit__)

        image = os.environ["SUTURE_IMAGE"]
        symbols = payloads.XenSymbols(image)
        function = next(name for name in symbols.functions if "guestCpuid" in name)
        existing = next(name for name in symbols.functions if "takeTurn" in name)
        make_payloads(os.path.join(folder, "hv"), symbols, function)
        machine = VirtualMachine(SUTURE, "--image", image, "--guests", os.environ["SUTURE_GUESTS"], "--cpus", "1")
        cls.hv = Target(machine.__enter__(), symbols, function, existing, folder)
        cls.addClassCleanup(machine.__exit__)

    def tool(self, command):
        """Runs a step through the shim; exit code and output as in dom0."""
        words = command.replace("/payloads/", os.path.join(self.temporary.name, "hv") + "/")
        directory = os.path.join(self.temporary.name, "bin")
        if not os.path.exists(directory):
            os.makedirs(directory)
            os.symlink(dom0.XEN_LIVEPATCH, os.path.join(directory, "xen-livepatch"))
        environment = dict(self.hv.suture.environment, LD_PRELOAD=SHIM, SUTURE_TARGET="vm:default",
                           PATH=directory + ":" + os.environ["PATH"])
        with tempfile.TemporaryFile("w+") as output:
            # The shell itself does not load the shim.
            done = subprocess.run(["env", "-u", "LD_PRELOAD", "sh", "-c", "LD_PRELOAD=$SHIM exec " + words],
                                  env=dict(environment, SHIM=SHIM, LD_PRELOAD=""), stdout=output, stderr=subprocess.STDOUT,
                                  stdin=subprocess.DEVNULL, timeout=120, check=False)
            output.seek(0)
            text = output.read()
        text = text.replace(os.path.join(self.temporary.name, "hv") + "/", "/payloads/")
        # The hypervisor's reasons, which the shim adds to what the tool prints, in the middle of its lines too.
        return done.returncode, re.sub(r"suture: .*\n", "", text).splitlines()

    def test_1_xens_tool_prints_the_same(self):
        wait_for("dom0 to run its steps", lambda: "steps ended" in self.xen.suture.console("dom0"), timeout=500)
        results = dom0.parse_steps(self.xen.suture.console("dom0"))
        self.assertEqual(len(results), len(self.steps))
        for command, result in zip(self.steps, results):
            code, lines = self.tool(command)
            with self.subTest(command):
                self.assertEqual((code, lines), (result.code, result.output.splitlines()),
                                 f"{command}: suture-hv first, Xen second")
        self.assertEqual(self.hv.suture.json("list")["payloads"], [])
        self.assertEqual(self.xen.suture.json("list")["payloads"], [])

    def test_2_payloads_with_one_thing_wrong_get_the_same_errno(self):
        wait_for("dom0 to run its steps", lambda: "steps ended" in self.xen.suture.console("dom0"), timeout=500)
        answers = []
        for target in (self.xen, self.hv):
            session = target.session()
            good = target.good()
            self.assertEqual(upload(session, "good", good), (0, ""))
            self.assertEqual(upload(session, "twice", good)[0], -errno.EEXIST, "check 49: the same build-id")
            self.assertEqual(upload(session, "good", good)[0], -errno.EEXIST, "check 4: the same name")
            self.assertEqual(session.unload("good")[0], 0)
            self.assertEqual(upload(session, "none", b"")[0], -errno.EINVAL, "check 2: no bytes")
            self.assertEqual(upload(session, "large", good.ljust((2 << 20) + 1, b"\0"))[0], -errno.EINVAL, "check 2")
            made = []
            for case in bad_payloads.cases(target.function, target.existing):
                elf = Elf(target.good(case.extra) if case.extra else good)
                if case.change:
                    case.change(elf)
                made.append((case, *upload(session, "bad", bytes(elf.data))))
                if made[-1][1] == 0:
                    session.unload("bad")
            self.assertEqual(target.suture.json("list")["payloads"], [])
            session.close()
            answers.append(made)
        for (case, xen, _), (_, ours, reason) in zip(*answers):
            with self.subTest(f"check {case.number}: {case.what}"):
                expected = tuple(-value for value in case.differs) if case.differs else (ours, ours)
                self.assertEqual((xen, ours), expected, f"Xen first, suture-hv second: {reason}")
                self.assertLess(ours, 0)
        self.assertGreater(len(answers[0]), 80)

    def test_3_requests_that_are_wrong_get_the_same_errno(self):
        wait_for("dom0 to run its steps", lambda: "steps ended" in self.xen.suture.console("dom0"), timeout=500)

        def name_ref(size, padding=(0, 0, 0)):
            return struct.pack("<QHHHH", 0x1000, size, *padding)

        get, act, listing = 1, 3, 2
        requests = [
            # (command, body, name's bytes, what Xen answers and what Suture does where they differ)
            (get, name_ref(0), b"x\0", None),
            (get, name_ref(129), b"x" * 128 + b"\0", None),
            (get, name_ref(2, (1, 0, 0)), b"x\0", None),
            (get, name_ref(2), b"xy", None),
            (get, name_ref(2), b"x\0", None),
            (act, name_ref(2) + struct.pack("<IIII", 3, 0, 0, 0), b"x\0", None),
            (act, name_ref(2) + struct.pack("<IIII", 3, 0, 0, 1), b"x\0", None),
            (listing, struct.pack("<IIII", 0, 0, 1025, 0), b"", None),
            (listing, struct.pack("<IIII", 0, 0, 0, 1), b"", None),
            (7, b"", b"", None),
        ]
        for command, body, name, differs in requests:
            both = []
            for target in (self.xen, self.hv):
                session = target.session()
                inputs = [(0x1000, name)] if name else []
                both.append(session.exchange(command, body, inputs)[0])
                session.close()
            with self.subTest(command=command, body=body):
                self.assertEqual(tuple(both), differs or (both[1], both[1]), "Xen first, suture-hv second")
                self.assertLess(both[1], 0)

    def test_4_three_thousand_payloads_are_listed_the_same(self):
        wait_for("dom0 to run its steps", lambda: "steps ended" in self.xen.suture.console("dom0"), timeout=500)
        names = many_names()
        for kind, target in (("xen", self.xen), ("hv", self.hv)):
            with open(os.path.join(self.temporary.name, kind, "many.livepatch"), "rb") as file:
                template = file.read()
            session = target.session()
            before = time.monotonic()
            for number, name in enumerate(names):
                result, reason = upload(session, name, payloads.with_build_id(template, "aa" * 20, f"{number + 1:040x}"))
                self.assertEqual(result, 0, (kind, name, reason))
            print(f"{kind}: {MANY} payloads uploaded in {time.monotonic() - before:.1f} s", flush=True)
            session.close()
            target.suture.run("apply", "n", "--timeout", "4s")
        line = wait_for("the tool to list them in dom0", lambda: next(
            (line for line in self.xen.suture.console("dom0") if line.startswith("listed: ")), None), timeout=300)
        code, lines = self.tool("xen-livepatch list")
        text = "".join(line + "\n" for line in lines)
        self.assertEqual(line, f"listed: exit {code}, {len(lines)} lines, {hashlib.sha256(text.encode()).hexdigest()}")
        self.assertEqual(len(lines), MANY + 2)
        self.assertTrue(all(re.search(rf"^{re.escape(name)} *\| ", text, re.MULTILINE) for name in names[::97]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
