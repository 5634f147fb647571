# SPDX-License-Identifier: Apache-2.0
"""No page is writable and executable, nor is memory that is executable in one place writable in another; payload memory
is used again only after every CPU forgot it: mapping_test.py IMAGE GUESTS."""
import re

from control import APPLY, REVERT, UNLOAD, Control, make_payload, symbol
from qemu import Machine, check, run

PAGE = 4096


def read_pages(machine, cpu):
    """(virtual, machine address, size, executable, writable) of each page of the tables that the CPU uses now."""
    for line in machine.hmp("info tlb", cpu).splitlines():
        found = re.match(r"([0-9a-f]{16}): ([0-9a-f]{16}) ([X-])[G-]([P-])[D-][A-][C-][T-][U-]([W-])", line)
        if found:
            size = 512 * PAGE if found[4] == "P" else PAGE
            yield int(found[1], 16), int(found[2], 16), size, found[3] == "-", found[5] == "W"


def pages(machine, cpu):
    """The same, of the hypervisor's tables: while the CPU runs a guest, QEMU shows the guest's."""
    def own():
        found = list(read_pages(machine, cpu))
        return found if any(page[0] >= 0xffffffff80000000 for page in found) else None

    return machine.wait("the hypervisor's own page tables", own, 60)


def check_rights(machine, moment):
    for cpu in range(2):
        mapped = pages(machine, cpu)
        executable = {where + i for _, where, size, runs, _ in mapped if runs for i in range(0, size, PAGE)}
        writable = {where + i for _, where, size, _, writes in mapped if writes for i in range(0, size, PAGE)}
        check(len(executable) > 10 and len(writable) > 1000, "CPU %d, %s: %d pages run, %d are writable" %
              (cpu, moment, len(executable), len(writable)))
        both = executable & writable
        check(not both, "CPU %d, %s: none is both, in one place or two" % (cpu, moment))
        low = [hex(page[0]) for page in mapped if page[0] < 1 << 47]
        check(not low, "CPU %d, %s: nothing is mapped at low addresses" % (cpu, moment))


def test(image, guests):
    with Machine(image, cpus=2, guests=guests, consoles=["heartbeat"]) as machine:
        machine.wait_log("suture-hv: ready")
        machine.wait_console("heartbeat", "^heartbeat 1 ")
        check_rights(machine, "after boot")
        function = symbol(image, "guestCpuid")
        control = Control(machine.path("control"))
        small = make_payload(machine.folder.name, image, {function: "xorl %eax, %eax\nretq"})
        control.upload("small", small)
        check_rights(machine, "uploaded")
        check(control.act("small", APPLY) == 0, "applied")
        check_rights(machine, "applied")
        check(control.act("small", REVERT) == 0, "reverted")
        # A payload of 2 MiB: soon no page is left that no CPU might know, and without a rendezvous
        # in between all CPUs must be asked to forget.
        large = make_payload(machine.folder.name, image,
                             {function: "retq\n.section .bss\n.zero 0x1f0000\n.section .text.new"})
        for _ in range(130):
            control.upload("large", large)
            control.act("large", UNLOAD)
        check(True, "130 payloads of 2 MiB came and went through 126 MiB")
        control.act("small", UNLOAD)
        check_rights(machine, "all unloaded")
        check("panic" not in machine.log(), "no panic")
        machine.power_off()


run(test)
