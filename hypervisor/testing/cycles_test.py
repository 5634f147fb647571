# SPDX-License-Identifier: Apache-2.0
"""Applies and reverts a payload many times with guests running; memory stays flat, nothing times out for good:
cycles_test.py IMAGE GUESTS CYCLES CPUS [icount]."""
import re
import time

from control import APPLY, REVERT, UNLOAD, Control, make_payload, symbol
from qemu import Machine, check, run


def memory_now(machine):
    """What the hypervisor answers to an NMI."""
    before = machine.log().count("NMI: ")
    machine.hmp("nmi")
    machine.wait("the answer to an NMI", lambda: machine.log().count("NMI: ") > before and
                 machine.log().endswith("\n"), 120)
    return re.findall(r"memory: (\d+ pages free.*)\n", machine.log())[-1]


def test(image, guests, cycles, cpus, icount=""):
    arguments = ["-icount", "shift=1,sleep=off"] if icount else []
    memory = 512 if int(cpus) < 32 else 1024
    with Machine(image, cpus=cpus, memory=memory, guests=guests, consoles=["heartbeat"], arguments=arguments) as machine:
        machine.wait_log("suture-hv: ready", 300)
        machine.wait_console("heartbeat", "^heartbeat 3 ", 300)
        payload = make_payload(machine.folder.name, image,
                               {symbol(image, "guestCpuid"): "xorl %eax, %eax\nxorl %edx, %edx\nretq"})
        control = Control(machine.path("control"))
        late, before, start = 0, None, time.monotonic()
        for number in range(int(cycles)):
            # The payload comes and goes every 100 cycles: its pages are used again.
            if number % 100 == 0:
                control.upload("p", payload)
            for action in (APPLY, REVERT):
                while control.act("p", action) != 0:
                    late += 1
            if number % 100 == 99 or number == int(cycles) - 1:
                control.act("p", UNLOAD)
                if before is None:
                    before = memory_now(machine)
                    print("after %d cycles: %s" % (number + 1, before), flush=True)
            if number % 10000 == 9999:
                now = memory_now(machine)
                check(now == before, "memory after %d cycles: %s" % (number + 1, now))
        seconds = time.monotonic() - start
        check(late <= int(cycles) // 10, "%d of %s cycles were late, %.0f cycles a second" %
              (late, cycles, int(cycles) / seconds))
        after = memory_now(machine)
        check(after == before, "memory is as before: " + after)
        pauses = sorted(int(ns) for ns in re.findall(r"pause: (\d+) ns", machine.log()))
        print("pause: median %d ns, 99 %% %d ns, largest %d ns" %
              (pauses[len(pauses) // 2], pauses[len(pauses) * 99 // 100], pauses[-1]))
        alive = len(re.findall(r"^heartbeat \d+ at", machine.console("heartbeat"), re.M))
        machine.wait_console("heartbeat", "^heartbeat %d at" % (alive + 3), 300)
        beats = [int(n) for n in re.findall(r"^heartbeat (\d+) at \d+ ms$", machine.console("heartbeat"), re.M)]
        check(beats == list(range(len(beats))), "the heartbeat's counter has no gap in %d beats" % len(beats))
        machine.power_off(120)


run(test)
