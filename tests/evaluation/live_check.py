# SPDX-License-Identifier: Apache-2.0
"""A payload on the very Xen it was built for, under QEMU: load, apply, revert, unload, with dom0 alive throughout."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from suture_vm import Unexpected, VirtualMachine, wait_for

HEARTBEAT = """#!/bin/sh
export PATH=/bin
number=0
while :; do
  number=$((number + 1))
  echo "alive $number, Xen $(cat /sys/hypervisor/version/major)"
  usleep 200000
done
"""
# What a Xen that was hurt says.
TROUBLE = re.compile(r"Xen (BUG|WARN|call trace|Call Trace)|[Pp]anic|FATAL|Assertion|double fault|livepatch:.*(fail|error|rc=-)", re.I)


def make_overlay(folder):
    """The archive that makes dom0 say that it is alive."""
    path = os.path.join(folder, "start")
    with open(path, "w", encoding="ascii") as file:
        file.write(HEARTBEAT)
    os.chmod(path, 0o755)
    archive = os.path.join(folder, "overlay.cpio")
    with open(archive, "wb") as file:
        subprocess.run(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=folder, input=b"start\n", stdout=file, check=True)
    return archive


def beats(suture):
    """How often dom0 has said so far that it lives."""
    return sum(line.startswith("alive ") for line in suture.console("dom0"))


def lives(suture, when):
    """dom0 goes on after this moment."""
    before = beats(suture)
    wait_for(f"dom0 to be alive {when}", lambda: beats(suture) >= before + 2, timeout=120)


def must_stay(payload):
    """Its metadata say that addresses of its own get into the hypervisor's data."""
    with open(payload, "rb") as file:
        return b"unload=no\0" in file.read()


def steps(suture, payload):
    """The life of a payload; raises Unexpected where it is not as it should be."""
    lives(suture, "before")
    suture.run("load", payload, "--name", "fix", timeout=180)
    if suture.json("get", "fix")["state"] != "APPLIED":
        raise Unexpected("it is loaded, and not applied")
    lives(suture, "with the fix applied")
    suture.run("revert", "fix", timeout=180)
    lives(suture, "after the revert")
    suture.run("unload", "fix", expect=3 if must_stay(payload) else 0, timeout=180)
    lives(suture, "in the end")
    trouble = [line for line in suture.console("hv") if TROUBLE.search(line)]
    if trouble:
        raise Unexpected(f"Xen says: {trouble[0]}")


def run(options, xen, payload):
    """\"passed\", or what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            machine = VirtualMachine(options.suture, "--xen", "--image", xen, "--guests", make_overlay(folder), "--wait", "600s",
                                     "--cpus", "2", start_timeout=660)
            with machine as suture:
                steps(suture, payload)
        except (Unexpected, subprocess.TimeoutExpired) as error:
            return f"on Xen: {error}"
    return "passed"
