# SPDX-License-Identifier: Apache-2.0
"""Boots with a number of CPUs, heartbeat as guest, and powers off in order: boot_test.py IMAGE GUESTS CPUS."""
import re

from qemu import Machine, check, run


def test(image, guests, cpus):
    memory = 512 if int(cpus) < 32 else 1024
    with Machine(image, cpus=cpus, memory=memory, guests=guests, consoles=["heartbeat"]) as machine:
        machine.wait_log(r"CPUs: %s up$" % cpus, 120)
        machine.wait_log("suture-hv: ready", 60)
        machine.wait_console("heartbeat", r"^heartbeat 20 at", 120)
        beats = [int(n) for n in re.findall(r"^heartbeat (\d+) at \d+ ms$", machine.console("heartbeat"), re.M)]
        check(beats == list(range(len(beats))), "the heartbeat's counter has no gap in %d beats" % len(beats))
        check("panic" not in machine.log(), "no panic")
        machine.power_off()


run(test)
