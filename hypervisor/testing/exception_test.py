# SPDX-License-Identifier: Apache-2.0
"""An exception in the hypervisor is reported with registers and a symbolised backtrace, and the machine goes off:
exception_test.py IMAGE GUESTS."""
from qemu import Machine, check, run


def test(image, guests):
    with Machine(image, cpus=2, guests=guests, consoles=["crasher"]) as machine:
        machine.wait_log(r"suture-hv: panic: exception 14, error code 0, address 0000000123456000")
        check(machine.wait_end() == 0, "QEMU ended by itself")
        log = machine.log()
        for part in ("rip ffffffff80", "rsp ffffa0", "cr3 ", "at:", "backtrace:", "crashInner", "crashOuter",
                     "crash.cpp#", "handleExit", "cpuLoop"):
            check(part in log, "the report has " + part)
        check(log.index("crashInner") < log.index("crashOuter") < log.index("cpuLoop"), "innermost first")


run(test)
