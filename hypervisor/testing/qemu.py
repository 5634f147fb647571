# SPDX-License-Identifier: Apache-2.0
"""A hypervisor image under QEMU, for tests: its log, its guests' consoles, QEMU's monitor. Everything has a time limit;
a log that ends before what was waited for is a failure, not a wait."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time


class Failure(Exception):
    """What went wrong, with what the hypervisor said last."""


class Machine:
    """`with Machine(image, cpus=2, guests=archive) as machine:`; QEMU is gone at the end, whatever happens."""

    def __init__(self, image, cpus=1, memory=512, guests=None, consoles=(), arguments=()):
        self.folder = tempfile.TemporaryDirectory()
        self.log_path = os.path.join(self.folder.name, "serial.log")
        command = [
            "qemu-system-x86_64", "-accel", "tcg", "-machine", "q35", "-cpu", "max", "-smp", str(cpus), "-m", str(memory),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-kernel", os.path.abspath(image),
            "-serial", "file:" + self.log_path,
            "-qmp", "unix:%s,server=on,wait=off" % self.path("qmp"),
            "-device", "virtio-serial-pci,id=vser,disable-legacy=on,max_ports=31",
            "-chardev", "socket,id=control,path=%s,server=on,wait=off" % self.path("control"),
            "-device", "virtserialport,bus=vser.0,nr=1,chardev=control,name=suture.control",
        ]
        if guests:
            command += ["-initrd", os.path.abspath(guests)]
        for number, name in enumerate(consoles):
            command += ["-chardev", "file,id=guest%d,path=%s" % (number, self.path(name)), "-device",
                        "virtserialport,bus=vser.0,nr=%d,chardev=guest%d,name=suture.console.%s" % (number + 2, number, name)]
        open(self.log_path, "wb").close()
        self.error = open(self.path("qemu.err"), "w+b")
        # Relative paths in arguments are inside the folder.
        self.process = subprocess.Popen(command + list(arguments), cwd=self.folder.name, stdin=subprocess.DEVNULL,
                                        stderr=self.error)
        self.monitor = None

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if kind is not None:
            print("--- hypervisor's log\n" + self.log() + "--- end of log", flush=True)
            self.error.seek(0)
            print(self.error.read().decode(errors="replace"), flush=True)
        self.error.close()
        self.folder.cleanup()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read().replace("\r", "")

    def console(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait(self, what, done, seconds):
        """Polls done() until it gives something true; the machine must live as long."""
        end = time.monotonic() + seconds
        while True:
            running = self.process.poll() is None
            result = done()
            if result:
                return result
            if not running:
                raise Failure("QEMU ended (%s) before: %s" % (self.process.returncode, what))
            if time.monotonic() > end:
                raise Failure("not within %d s: %s" % (seconds, what))
            time.sleep(0.05)

    def wait_log(self, pattern, seconds=60):
        return self.wait("log has /%s/" % pattern, lambda: re.search(pattern, self.log(), re.M), seconds)

    def wait_console(self, name, pattern, seconds=60):
        return self.wait("console %s has /%s/" % (name, pattern),
                         lambda: re.search(pattern, self.console(name), re.M), seconds)

    def wait_end(self, seconds=30):
        """QEMU's exit code, once it ends by itself."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure("QEMU still runs after %d s" % seconds) from None

    def qmp(self, command, **arguments):
        """One QMP command; its result."""
        if self.monitor is None:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(30)
            connection.connect(self.path("qmp"))
            self.monitor = connection.makefile("rw", encoding="utf-8")
            self.monitor.readline()
            self.qmp("qmp_capabilities")
        self.monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.monitor.flush()
        while True:
            answer = json.loads(self.monitor.readline())
            if "error" in answer:
                raise Failure("QMP %s: %s" % (command, answer["error"]))
            if "return" in answer:
                return answer["return"]

    def hmp(self, line, cpu=0):
        return self.qmp("human-monitor-command", **{"command-line": line, "cpu-index": cpu})

    def power_off(self, seconds=30):
        """Presses the power button and waits for the orderly end."""
        self.qmp("system_powerdown")
        code = self.wait_end(seconds)
        check("powering off" in self.log(), "the log ends with an orderly power-off")
        check(code == 0, "QEMU ended with %d" % code)


def check(condition, what):
    if not condition:
        raise Failure(what)
    print("ok: " + what, flush=True)


def run(test):
    """Calls test(*argv); exit 0 only if it came to its end."""
    try:
        test(*sys.argv[1:])
    except Failure as failure:
        sys.exit("FAILED: %s" % failure)
    print("passed")
