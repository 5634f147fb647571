# SPDX-License-Identifier: Apache-2.0
"""Probation is kept by the hypervisor itself, with no client there: probation_test.py IMAGE GUESTS."""
import re
import time

from control import APPLIED, APPLY, CHECKED, EBUSY, EINVAL, REPLACE, REVERT, Control, make_payload, symbol
from qemu import Machine, check, run

LEAF = r"^cpuid leaf 6: eax ([0-9a-f]+)$"
PATCHED = "000000ab"


def last_read(machine):
    """What the guest read last."""
    return re.findall(LEAF, machine.console("prober"), re.M)[-1]


def apply_on_probation(control, milliseconds):
    while control.act("fix", APPLY, probation_ms=milliseconds) == EBUSY:
        pass


def test(image, guests):
    with Machine(image, cpus=2, guests=guests, consoles=["heartbeat", "prober"]) as machine:
        machine.wait_log("suture-hv: ready", 120)
        machine.wait_console("prober", LEAF, 120)
        original = last_read(machine)
        function = symbol(image, "guestCpuid")
        folder = machine.folder.name
        fix = make_payload(folder, image, {function: "movl $0x%s, %%eax\nxorl %%edx, %%edx\nretq" % PATCHED})
        other = make_payload(folder, image, {function: "movl $1, %eax\nxorl %edx, %edx\nretq"})

        # Nobody confirms, and nobody is even there.
        client = Control(machine.path("control"))
        client.upload("fix", fix)
        apply_on_probation(client, 4000)
        check(client.status("fix")[0] == APPLIED, "applied on probation")
        client.close()
        machine.wait("the guest to run on the fix", lambda: last_read(machine) == PATCHED, 60)
        machine.wait("the guest to run on the old code again", lambda: last_read(machine) == original, 120)
        machine.wait_log("'fix': was not confirmed in time and is reverted")
        second = Control(machine.path("control"))
        check(second.status("fix")[:2] == (CHECKED, 0), "the hypervisor has reverted it by itself")

        # While it lasts, nothing comes on top; another client confirms.
        apply_on_probation(second, 600_000)
        second.upload("other", other)
        for action in (APPLY, REPLACE):
            result, reason = second.ask("other", action)
            check(result == EBUSY and "'fix' is on probation" in reason, "refused: " + reason)
        second.close()
        third = Control(machine.path("control"))
        check(third.confirm("fix") == (0, ""), "another client confirms")
        result, reason = third.confirm("fix")
        check(result == EINVAL, "a second time there is nothing to confirm: " + reason)
        while third.act("fix", REVERT) != 0:
            pass

        # Confirmed in time, it stays past the end.
        apply_on_probation(third, 3000)
        check(third.confirm("fix") == (0, ""), "confirmed")
        third.close()
        end = time.monotonic() + 6
        machine.wait("six seconds to pass", lambda: time.monotonic() > end, 10)
        fourth = Control(machine.path("control"))
        check(fourth.status("fix")[:2] == (APPLIED, 0), "it stays")
        check(last_read(machine) == PATCHED, "... and the guest runs on it")
        beats = [int(n) for n in re.findall(r"^heartbeat (\d+) at \d+ ms$", machine.console("heartbeat"), re.M)]
        check(len(beats) > 10 and beats == list(range(len(beats))), "the heartbeat has no gap in %d beats" % len(beats))
        machine.power_off()


run(test)
