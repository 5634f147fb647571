# SPDX-License-Identifier: Apache-2.0
"""Guests that misbehave are ended or refused; the others go on: isolation_test.py IMAGE GUESTS."""
import re

from qemu import Machine, check, run

GUESTS = ["heartbeat", "rogue-memory", "rogue-fault", "rogue-instructions"]


def test(image, guests):
    with Machine(image, cpus=2, guests=guests, consoles=GUESTS) as machine:
        machine.wait_log(r"guest rogue-memory: touched guest-physical 0*2000000")
        machine.wait_log(r"guest rogue-memory: virtual CPU 0 ended: access outside of its memory")
        machine.wait_log(r"guest rogue-fault: virtual CPU 0 ended: triple fault")
        machine.wait_log(r"guest rogue-instructions: ended with 7")
        # Output of a guest that ended is not lost.
        machine.wait_console("rogue-instructions", r"^timer vector 3: \d+$")
        said = machine.console("rogue-instructions")
        for line in ("vmrun: exception 6", "vmsave: exception 6", "stgi: exception 6", "xsetbv: exception 6",
                     "write VM_HSAVE_PA: exception 13", "write APIC base: exception 13",
                     "write EFER with reserved bits: exception 13", "write PAT with reserved types: exception 13",
                     "write MSR deadbeef: exception 13", "read MSR deadbeef: exception 13", "read EFER: exception 0",
                     "hypercall 99: 38", "timer vector 3: 22"):
            check(line in said.splitlines(), line)
        for name in ("rogue-memory", "rogue-fault"):
            check("still here" not in machine.console(name), name + " did not go on")
        beat = int(re.findall(r"^heartbeat (\d+)", machine.console("heartbeat"), re.M)[-1])
        machine.wait_console("heartbeat", r"^heartbeat %d at" % (beat + 10))
        machine.power_off()


run(test)
