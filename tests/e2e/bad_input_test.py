# SPDX-License-Identifier: Apache-2.0
"""Bad input of every kind: a clear error, no half state, and the hypervisor goes on."""
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from suture_vm import Suture, VirtualMachine, matches, wait_for

SUTURE = os.environ["SUTURE"]
IMAGE = os.environ["SUTURE_IMAGE"]
GUESTS = os.environ["SUTURE_GUESTS"]


class Builder(unittest.TestCase):
    """suture build: exit code, what the message names, and that no payload and no temporary file is left."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.suture = Suture(SUTURE, {"TMPDIR": self.folder.name})

    def build(self, text, expect):
        patch = os.path.join(self.folder.name, "case.diff")
        if text is not None:
            with open(patch, "w", encoding="utf-8") as file:
                file.write(text)
        output = os.path.join(self.folder.name, "out.livepatch")
        done = self.suture.run("build", "--patch", patch, "--image", IMAGE, "-o", output, expect=expect)
        left = set(os.listdir(self.folder.name)) - {"case.diff"}
        self.assertFalse(left, f"left behind: {left}")
        return done.stdout + done.stderr

    def edited(self, path, old, new):
        """A diff of one file in which the text old becomes new."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        changed = os.path.join(self.folder.name, "changed")
        with open(changed, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))
        diff = subprocess.run(["diff", "-u", f"--label=a/{path}", f"--label=b/{path}", path, changed],
                              text=True, capture_output=True, check=False).stdout
        os.remove(changed)
        return diff

    def test_no_such_file(self):
        self.assertIn("case.diff", self.build(None, expect=1))

    def test_not_a_diff(self):
        self.assertIn("case.diff", self.build("These are only words.\n", expect=1))

    def test_hunk_that_does_not_apply(self):
        path = "hypervisor/guest/cpuid_policy.cpp"
        diff = self.edited(path, "#include", "#include ").replace("\n-#include", "\n-#inclode", 1)
        text = self.build(diff, expect=3)
        self.assertIn(path, text)
        self.assertRegex(text, r"expected")
        self.assertIn("#inclode", text)
        self.assertRegex(text, r"found")

    def test_diff_that_touches_no_compiled_file(self):
        text = self.build(self.edited("README.md", "#", "# "), expect=3)
        self.assertIn("nothing to patch", text.lower())

    def test_diff_that_does_not_compile(self):
        path = "hypervisor/guest/cpuid_policy.cpp"
        text = self.build(self.edited(path, "return", "retrun"), expect=1)
        self.assertIn(path, text)
        self.assertIn("retrun", text)
        self.assertNotIn(self.folder.name, text)


class Machine(unittest.TestCase):
    """Payloads, names and clients against a running hypervisor."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.payload = os.path.join(cls.folder.name, "good.livepatch")
        Suture(SUTURE).run("build", "--patch", "tests/demo/fix-1.diff", "--image", IMAGE, "-o", cls.payload)
        cls.machine = VirtualMachine(SUTURE, "--image", IMAGE, "--guests", GUESTS, "--cpus", "2")
        cls.suture = cls.machine.__enter__()
        cls.addClassCleanup(cls.machine.__exit__, None, None, None)

    def tearDown(self):
        self.assertEqual(self.suture.json("list")["payloads"], [], "a half state is left")
        beats = len(self.suture.console("heartbeat"))
        wait_for("another heartbeat", lambda: len(self.suture.console("heartbeat")) > beats)

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def test_empty_payload(self):
        self.suture.run("upload", "bad", self.file("empty.livepatch", b""), expect=3)

    def test_payload_that_is_not_elf(self):
        done = self.suture.run("upload", "bad", self.file("text.livepatch", b"These are only words.\n" * 20), expect=3)
        self.assertIn("ELF", done.stdout + done.stderr)

    def test_payload_truncated_at_every_64th_byte(self):
        with open(self.payload, "rb") as file:
            whole = file.read()
        for size in range(64, len(whole), 64):
            with self.subTest(size=size):
                self.suture.run("upload", "bad", self.file("cut.livepatch", whole[:size]), expect=3)

    def test_names(self):
        for name in ("", "n" * 128, "tab\there", "line\nbreak", "\x1b[31mred", "del\x7f"):
            with self.subTest(name=name):
                self.suture.run("upload", name, self.payload, expect=2)
        for name in ("n" * 127, "n"):
            self.suture.run("upload", name, self.payload)
            self.suture.run("unload", name)

    def test_client_killed_in_the_middle_of_a_frame(self):
        path = os.path.join(self.suture.environment["XDG_RUNTIME_DIR"], "suture", "default", "control.sock")
        for cut in (1, 16, 31, 32, 40, 200):
            client = socket.socket(socket.AF_UNIX)
            client.connect(path)
            # The start of an upload frame of 1 MiB.
            header = b"SUTR" + (1).to_bytes(2, "little") + (1).to_bytes(2, "little") + (1 << 20).to_bytes(4, "little")
            client.sendall((header + bytes(300))[:cut])
            client.close()
            self.suture.run("list", timeout=10)

    def test_three_clients_at_once(self):
        def work(name, errors):
            try:
                for _ in range(10):
                    self.suture.run("upload", name, self.payload)
                    self.suture.run("list")
                    self.suture.run("unload", name)
            except Exception as error:  # pylint: disable=broad-except
                errors.append(error)

        # One build-id may be loaded once: each client has a payload of its own.
        errors = []
        threads = [threading.Thread(target=self.lists, args=(errors,)) for _ in range(2)]
        threads.append(threading.Thread(target=work, args=("third", errors)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        self.assertEqual(errors, [])

    def lists(self, errors):
        try:
            for _ in range(30):
                self.suture.run("list")
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    def test_interrupted_in_the_middle(self):
        for delay in (0.001, 0.003, 0.01, 0.03, 0.1):
            with self.subTest(delay=delay):
                client = subprocess.Popen([SUTURE, "load", self.payload, "--name", "interrupted"],
                                          env=self.suture.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                time.sleep(delay)
                client.send_signal(signal.SIGINT)
                said = client.communicate(timeout=30)[0].decode()
                state = {row["name"]: row["state"] for row in self.suture.json("list")["payloads"]}
                # Either it was done before the signal came, or nothing of it is left.
                if state:
                    self.assertEqual(state, {"interrupted": "APPLIED"}, said)
                    self.suture.run("revert", "interrupted")
                    self.suture.run("unload", "interrupted")


class NoMachine(unittest.TestCase):
    def test_machine_not_running(self):
        with tempfile.TemporaryDirectory() as folder:
            suture = Suture(SUTURE, {"XDG_RUNTIME_DIR": folder})
            done = suture.run("list", expect=1)
            self.assertIn("suture vm start", done.stderr)

    def test_machine_killed_in_the_middle_of_an_upload(self):
        options = ("--image", IMAGE, "--guests", GUESTS, "--cpus", "1")
        with VirtualMachine(SUTURE, *options) as suture, tempfile.TemporaryDirectory() as folder:
            status = suture.json("vm", "status")
            payload = os.path.join(folder, "large.livepatch")
            with open(payload, "wb") as file:
                file.write(b"\x7fELF" + bytes(2 * 1024 * 1024 - 4))
            client = subprocess.Popen([SUTURE, "upload", "large", payload], env=suture.environment,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            time.sleep(0.01)
            os.kill(status["qemuPid"], signal.SIGKILL)
            said = client.communicate(timeout=30)[0].decode()
            # 1: cut off; 3: the hypervisor had already refused it.
            self.assertIn(client.returncode, (1, 3), said)
            suture.run("list", expect=1)
            # What the dead machine left behind is in nobody's way.
            suture.run("vm", "start", *options, timeout=180)
            suture.run("list")


if __name__ == "__main__":
    unittest.main(verbosity=2)
