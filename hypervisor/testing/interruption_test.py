# SPDX-License-Identifier: Apache-2.0
"""NMIs and machine checks rain on all CPUs while a payload is applied and reverted again and again; nothing is lost, no
memory leaks: interruption_test.py IMAGE GUESTS ROUNDS."""
import re

from control import APPLIED, APPLY, CHECKED, REVERT, Control, make_payload, symbol
from qemu import Machine, check, run

# Bank 5: valid, uncorrected, enabled; the program can go on (RIPV).
MACHINE_CHECK = "mce %d 5 0xb000000000000000 0x1 0 0"
CPUS = 4


def memory_now(machine, nmis):
    """What the hypervisor says of memory after the NMI that makes the count at least nmis."""
    machine.hmp("nmi")

    def told():
        found = re.findall(r"NMI: (\d+) so far\n(?:\[.*?\] )?memory: (.*)\n", machine.log())
        return found[-1] if found and int(found[-1][0]) >= nmis else None

    return machine.wait("the hypervisor's answer to an NMI", told, 60)


def test(image, guests, rounds):
    rounds = int(rounds)
    with Machine(image, cpus=CPUS, guests=guests, consoles=["heartbeat"]) as machine:
        machine.wait_log("suture-hv: ready")
        machine.wait_console("heartbeat", "^heartbeat 3 ")
        # The heartbeat's CPU is the first: the last one has no guest, and takes machine checks in host mode.
        function = symbol(image, "guestCpuid")
        payload = make_payload(machine.folder.name, image,
                               {function: "xorl %eax, %eax\nxorl %edx, %edx\nretq"})
        control = Control(machine.path("control"))
        control.upload("p", payload)
        nmis, checks, before = 0, 0, None
        for number in range(rounds):
            machine.hmp("nmi")
            nmis += 1
            if number % 4 == 0:
                machine.hmp(MACHINE_CHECK % (CPUS - 1))
                checks += 1
            if control.act("p", APPLY) != 0:
                continue
            machine.hmp("nmi")
            nmis += 1
            check_state(control, APPLIED)
            while control.act("p", REVERT) != 0:
                pass
            check_state(control, CHECKED)
            if number == 5:
                before = memory_now(machine, 1)[1]
        check(True, "%d rounds under %d NMIs and %d machine checks" % (rounds, nmis, checks))
        machine.wait_log(r"machine check: \d+ so far, all recovered from")
        count, after = memory_now(machine, 1)
        check(int(count) >= CPUS, "%s NMIs were taken" % count)
        if rounds > 5:
            check(after == before, "memory is as before: " + after)
        beats = [int(n) for n in re.findall(r"^heartbeat (\d+) at \d+ ms$", machine.console("heartbeat"), re.M)]
        check(beats == list(range(len(beats))), "the heartbeat's counter has no gap in %d beats" % len(beats))
        machine.power_off()


def check_state(control, wanted):
    state, outcome, reason = control.status("p")
    if (state, outcome) != (wanted, 0):
        check(False, "state %d, result %d: %s" % (state, outcome, reason))


run(test)
