# SPDX-License-Identifier: Apache-2.0
"""suture on Debian's unmodified Xen 4.17, in its dom0 and from the host through `suture vm start --xen`."""
import os
import re
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import differences
import dom0
import payloads
import scenario
from control_session import ControlSession
from suture_vm import Suture, VirtualMachine, wait_for

SUTURE = os.environ["SUTURE"]
EXTRA_BEFORE = ".7"
MANY = 1100
REPLACEMENT = """#include <suture/payload.h>
static const char text[] = "-in C";
SUTURE_FUNCTION const char *myExtra(void) { return text; }
SUTURE_REPLACE("xen_extra_version", myExtra);
extern void printk(const char *format, ...);
static void onLoad(void) { printk("suture: the hook ran\\n"); }
SUTURE_LOAD_HOOK(onLoad);
"""


def make_payloads(folder):
    """The scenario's payloads; {name: file}."""
    symbols = payloads.XenSymbols()
    start = b"\x48\x8d\x05"  # lea of the string, up to its displacement
    identity = {name: f"{number:02x}" * 20 for number, name in enumerate("abcnwevrgsu", start=1)}
    special = {
        "a": {"metadata": ["purpose=test"]},
        "b": {"depends": identity["a"]},
        "c": {"depends": identity["b"]},
        "w": {"xen_depends": "77" * 20},
        "e": {"expect": b"\xcc" * 5},
        "g": {"expect": start},
        "v": {"veto": -1},
        "u": {"metadata": ["unload=no"]},
        "s": {"extra": '\n.section .data.rel, "aw"\n.quad suture_hv_only\n'},
    }
    return symbols, {name: payloads.assemble(os.path.join(folder, f"{name}.livepatch"), symbols, f".{name}",
                                             identity[name], **special.get(name, {})) for name in identity}


class StockXen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.symbols, cls.files = make_payloads(cls.folder.name)
        cls.scenario = scenario.steps(EXTRA_BEFORE)
        commands = [command for step in cls.scenario for command in step.commands()]
        overlay = dom0.make_overlay(cls.folder.name, commands, cls.files.values())
        before = time.monotonic()
        machine = VirtualMachine(SUTURE, "--xen", "--guests", overlay, "--wait", "300s")
        cls.machine = machine
        cls.suture = machine.__enter__()
        cls.addClassCleanup(machine.__exit__)
        print(f"Xen and dom0 were up after {time.monotonic() - before:.1f} s", flush=True)

    def control_socket(self):
        return os.path.join(self.suture.environment["XDG_RUNTIME_DIR"], "suture", "default", "control.sock")

    def test_1_in_dom0_suture_does_what_it_says_and_xen_livepatch_agrees(self):
        wait_for("dom0 to run its steps", lambda: "steps ended" in self.suture.console("dom0"), timeout=500)
        results = dom0.parse_steps(self.suture.console("dom0"))
        checked = 0
        for step in self.scenario:
            count = len(step.commands())
            with self.subTest(step.command):
                step.check(self, results[:count])
            results = results[count:]
            checked += 1
        self.assertEqual(results, [])
        self.assertEqual(checked, len(self.scenario))

    def extras(self):
        return re.findall(r"^extra: (.*)$", "\n".join(self.suture.console("dom0")), re.MULTILINE)

    def test_2_from_the_host_all_verbs_work_as_with_suture_hv(self):
        suture = self.suture
        wait_for("dom0 to watch", lambda: self.extras(), timeout=500)
        listing = suture.json("list")
        self.assertEqual(listing["payloads"], [])
        self.assertEqual(listing["hypervisorBuildId"], self.symbols.build_id)
        suture.run("load", self.files["a"])
        wait_for("dom0 to see the patched hypercall", lambda: self.extras()[-1] == ".a")
        suture.run("load", self.files["b"])
        self.assertIn("Top is b", suture.run("revert", "a", expect=3).stderr)
        self.assertIn("another hypervisor", suture.run("load", self.files["w"], expect=3).stderr)
        wait_for("dom0 to see the upper payload", lambda: self.extras()[-1] == ".b")
        suture.run("revert", "b")
        suture.run("revert", "a")
        wait_for("dom0 to see the original", lambda: self.extras()[-1] == EXTRA_BEFORE)
        suture.run("unload", "--all")
        self.assertEqual(suture.json("list")["payloads"], [])
        self.assertIn("livepatch: a", "\n".join(suture.console("hv")))

    def test_3_many_payloads_take_two_list_calls(self):
        folder = self.folder.name
        own = "aa" * 20
        marker = payloads.assemble(os.path.join(folder, "many.livepatch"), self.symbols, ".many?", own)
        with open(marker, "rb") as file:
            template = file.read()
        names = [f"p{number}" for number in range(MANY - 2)] + ["q", "q" * 127]
        session = ControlSession(self.control_socket())
        for number, name in enumerate(names):
            result, reason = session.upload(name, payloads.with_build_id(template, own, f"{number + 1:040x}"))
            self.assertEqual(result, 0, f"{name}: {reason}")
        listing = self.suture.json("list")
        self.assertEqual([payload["name"] for payload in listing["payloads"]], names)
        self.suture.run("apply", "q")
        console = wait_for("both tools to list them in dom0",
                           lambda: next((lines for lines in [self.suture.console("dom0")]
                                         if any(line.startswith("suture lists") for line in lines)), None), timeout=120)
        self.assertIn(f"xen-livepatch lists {MANY}", console)
        self.assertIn(f"suture lists {MANY}", console)
        self.suture.run("revert", "q")
        for name in names:
            self.assertEqual(session.unload(name)[0], 0, name)
        session.close()
        self.assertEqual(self.suture.json("list")["payloads"], [])

    def test_4_what_differs_from_suture_hv_is_as_the_page_says(self):
        page = os.path.join(os.environ["SUTURE_ROOT"], "docs/xen.md")
        folder = os.path.join(self.folder.name, "differences")
        differences.make_payloads(folder, self.symbols, "xen_extra_version")
        differences.run_table(self, page, differences.XEN, self.suture, folder)

    def test_5_a_replacement_in_c_built_for_debians_xen(self):
        source = os.path.join(self.folder.name, "extra.c")
        payload = os.path.join(self.folder.name, "extra.livepatch")
        with open(source, "w", encoding="ascii") as file:
            file.write(REPLACEMENT)
        self.suture.run("build", "--replacement", source, "--image", payloads.XEN_SYMS, "-o", payload)
        # Suture's own loader, offline on the same file, agrees with Xen's.
        self.suture.run("verify", payload, "--image", payloads.XEN_SYMS)
        self.suture.run("load", payload)
        wait_for("dom0 to see what the replacement returns", lambda: self.extras()[-1] == "-in C")
        self.assertIn("suture: the hook ran", "\n".join(self.suture.console("hv")))
        self.suture.run("revert", "extra")
        wait_for("dom0 to see the original", lambda: self.extras()[-1] == EXTRA_BEFORE)
        self.suture.run("unload", "extra")

    def test_7_probation_is_kept_by_the_client(self):
        source = os.path.join(self.folder.name, "watched.c")
        payload = os.path.join(self.folder.name, "watched.livepatch")
        with open(source, "w", encoding="ascii") as file:
            file.write(REPLACEMENT)
        self.suture.run("build", "--replacement", source, "--image", payloads.XEN_SYMS, "-o", payload)

        def state():
            return self.suture.json("get", "watched")["state"]

        self.suture.run("load", payload, "--probation", "3s")
        self.assertEqual(state(), "APPLIED")
        wait_for("the watch to revert what nobody confirmed", lambda: state() == "CHECKED")
        self.suture.run("unload", "watched")
        self.suture.run("load", payload, "--probation", "20s")
        self.suture.run("confirm", "watched")
        self.suture.run("confirm", "watched", expect=3)
        self.assertEqual(state(), "APPLIED")
        self.suture.run("revert", "watched")
        self.suture.run("unload", "watched")

    def test_6_a_payload_built_for_suture_hv_is_refused(self):
        payload = os.path.join(self.folder.name, "fix-1.livepatch")
        self.suture.run("build", "--patch", "tests/demo/fix-1.diff", "--image", os.environ["SUTURE_IMAGE"], "-o", payload)
        self.assertIn("built for another hypervisor", self.suture.run("load", payload, expect=3).stderr)
        self.assertEqual(self.suture.json("list")["payloads"], [])


class Dom0ThatCrashes(unittest.TestCase):
    def test_the_consoles_last_lines_are_shown(self):
        with tempfile.TemporaryDirectory() as folder:
            archive = dom0.make_archive(folder, {"init": "#!/bin/busybox sh\nexit 1\n"})
            with tempfile.TemporaryDirectory(prefix="suture-", dir="/tmp") as runtime_dir:
                suture = Suture(SUTURE, {"XDG_RUNTIME_DIR": runtime_dir})
                done = suture.run("vm", "start", "--xen", "--guests", archive, "--wait", "300s", expect=1, timeout=320)
                self.assertIn("QEMU ended", done.stderr)
                self.assertIn("Hardware Dom0 crashed", done.stderr)
                self.assertNotIn("\\x0d", done.stderr)
                suture.run("list", expect=1)


class SuturesLoader(unittest.TestCase):
    def test_it_judges_the_payloads_offline_as_xen_does(self):
        """The scenario shows which of them Xen takes, applied on Xen and below them what they depend on."""
        suture = Suture(SUTURE)
        under = {"b": ["a"], "c": ["a", "b"]}
        with tempfile.TemporaryDirectory() as folder:
            _symbols, files = make_payloads(folder)
            for name, file in files.items():
                depends = [word for lower in under.get(name, ()) for word in ("--depends", files[lower])]
                with self.subTest(name):
                    suture.run("verify", file, "--image", payloads.XEN_SYMS, *depends, expect=3 if name in "wes" else 0)


class SutureHv(unittest.TestCase):
    def test_what_differs_from_xen_is_as_the_page_says(self):
        image = os.environ["SUTURE_IMAGE"]
        symbols = payloads.XenSymbols(image)
        # Any function of its own will do: the table is about what is refused, and why.
        function = next(name for name in symbols.functions if "guestCpuid" in name)
        page = os.path.join(os.environ["SUTURE_ROOT"], "docs/xen.md")
        machine = VirtualMachine(SUTURE, "--image", image, "--guests", os.environ["SUTURE_GUESTS"], "--cpus", "1")
        with machine as suture, tempfile.TemporaryDirectory() as folder:
            differences.make_payloads(folder, symbols, function)
            differences.run_table(self, page, differences.SUTURE_HV, suture, folder)


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=False)
