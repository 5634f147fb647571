# SPDX-License-Identifier: Apache-2.0
"""REPLACE on the running hypervisor is all or nothing, as a guest sees it: replace_test.py IMAGE GUESTS.

Each payload makes CPUID tell guests another number, which a guest prints four times a second: so the guest says which
payload it runs on. The bytes of the patched function are read through QEMU's monitor."""
import re

from control import (APPLY, CHECKED, EBUSY, EINVAL, EIO, EOPNOTSUPP, REPLACE, REVERT, Control, build_id_of, make_payload,
                     symbol, text_at)
from qemu import Machine, check, run

IMAGE_BASE = 0xffffffff80000000
LEAF = r"^cpuid leaf 6: eax ([0-9a-f]+)$"
SAYS_NO = ".section .text.hook, \"ax\", @progbits\n.Lhook:\nmovl $%d, %%eax\nretq\n.section .livepatch.hooks.%s, \"a\", " \
          "@progbits\n.balign 8\n.quad .Lhook\n"


class Scene:
    def __init__(self, machine, image):
        self.machine = machine
        self.image = image
        self.function = symbol(image, "guestCpuid")
        self.start, self.original = text_at(image, self.function, 16)
        self.control = Control(machine.path("control"))
        self.ids = {}

    def upload(self, name, answer, depends=None, **options):
        """A payload after which guests read `answer`."""
        payload = make_payload(self.machine.folder.name, self.image,
                               {self.function: "movl $0x%x, %%eax\nxorl %%edx, %%edx\nretq" % answer},
                               depends=self.ids.get(depends), **options)
        self.ids[name] = build_id_of(self.machine.path("p.livepatch"))
        self.control.upload(name, payload)

    def text(self):
        """The patched function's first bytes, in the machine's memory."""
        dump = self.machine.hmp("xp /16xb 0x%x" % (self.start - IMAGE_BASE))
        return bytes(int(byte, 16) for byte in re.findall(r" 0x([0-9a-f]{2})\b", dump))

    def guest_reads(self, answer):
        """Whether the guest comes to read `answer`, and nothing else, after it has looked some times more: what it
        printed before may still be on its way."""
        before = len(re.findall(LEAF, self.machine.console("prober"), re.M))

        def settled():
            found = re.findall(LEAF, self.machine.console("prober"), re.M)[before:]
            return len(found) >= 4 and all(int(line, 16) == answer for line in found[-2:])

        return self.machine.wait("the guest to read %x" % answer, settled, 120)

    def perform(self, name, action, **options):
        """The action's result; asked for again while CPUs are late."""
        while (result := self.control.act(name, action, **options)) == EBUSY:
            pass
        return result


def check_across_pages(scene):
    """A jump of which half lies on the next page: in the text of another payload, which has two pages."""
    control, folder, image = scene.control, scene.machine.folder.name, scene.image
    across = ('.section .text.pages, "ax", @progbits\n.balign 4096\n.zero 4094, 0x90\n.globl across\nacross:\n'
              '.ascii "ABCDEFGH"\n.zero 64, 0x90\n')
    control.upload("pages", make_payload(folder, image, {scene.function: "retq"}, extra=across))

    def make(expect):
        return make_payload(folder, image, {"across": "movl $%d, %%eax\nretq" % len(expect)}, expect=expect)

    control.upload("across", make(b"ABCDEFGH"))
    control.upload("jump", make(b"\xe9"))
    control.upload("rest", make(b"ABCDEFGHI"[:8] + b"\x90"))
    for _ in range(2):
        check(control.ask("jump", APPLY)[0] == EINVAL, "no jump across the pages yet")
        check(scene.perform("across", APPLY) == 0, "patched across the pages")
        check(control.ask("rest", APPLY, nodeps=True)[0] == EINVAL, "the old bytes are gone")
        check(scene.perform("jump", APPLY, nodeps=True) == 0, "the jump is there")
        check(scene.perform("jump", REVERT) == 0 and scene.perform("across", REVERT) == 0, "and back")
        check(scene.perform("rest", APPLY) == 0 and scene.perform("rest", REVERT) == 0, "the old bytes are there again")


def test(image, guests):
    with Machine(image, cpus=2, guests=guests, consoles=["heartbeat", "prober"]) as machine:
        machine.wait_log("suture-hv: ready", 120)
        machine.wait_console("prober", LEAF, 120)
        scene = Scene(machine, image)
        control = scene.control
        check(scene.text() == scene.original, "the function is as in the file")
        scene.upload("a", 0xa1)
        scene.upload("b", 0xb2, depends="a")
        for name in ("a", "b"):
            check(scene.perform(name, APPLY) == 0, "apply " + name)
        check(scene.guest_reads(0xb2), "the guest runs on b")
        stacked = scene.text()

        # What is known before: nothing is even begun.
        scene.upload("expects", 0xe5, expect=b"\xcc" * 8)
        result, reason = control.ask("expects", REPLACE)
        check(result == EINVAL and "not as expected" in reason, "refused: " + reason)
        scene.upload("hooked", 0xe6, extra=SAYS_NO % (0, "preapply"))
        result, reason = control.ask("hooked", REPLACE)
        check(result == EOPNOTSUPP and "hooked" in reason, "refused: " + reason)
        result, reason = control.ask("b", REPLACE)
        check(result == EINVAL, "refused: " + reason)

        # What is known only after the old stack was taken down: it is put up again.
        scene.upload("fails", 0xf6, extra=SAYS_NO % (EIO, "apply"))
        check(scene.perform("fails", REPLACE) == EIO, "the apply hook of 'fails' says no")
        state, result, reason = control.status("fails")
        check((state, result) == (CHECKED, EIO) and "apply hook" in reason, "it says why: " + reason)
        check(control.stack() == ["a", "b"], "the old stack is up, in its order")
        check(scene.text() == stacked, "... and its bytes are there")
        check(scene.guest_reads(0xb2), "... and the guest runs on b")

        # The bytes expected are those below the stack.
        scene.upload("new", 0xc3, expect=scene.original[:12])
        check(scene.perform("new", REPLACE) == 0, "replace with 'new'")
        check(control.stack() == ["new"], "it is the whole stack")
        check(scene.text() not in (stacked, scene.original), "its jump stands there")
        check(scene.guest_reads(0xc3), "the guest runs on it")
        check(scene.perform("new", REVERT) == 0, "revert")
        check(scene.text() == scene.original, "the function is as in the file")

        # A payload for the code that patches is refused by the running hypervisor, by name.
        own = symbol(image, "HvPlatform13writeAnywhere")
        payload = make_payload(machine.folder.name, image, {own: "retq"})
        reference, segment = control.named("own")
        result, _, reason = control.request(0, reference + len(payload).to_bytes(8, "little") + (0x10000).to_bytes(8, "little"),
                                            [segment, (0x10000, payload)])
        check(result == EOPNOTSUPP and "writeAnywhere" in reason, "refused: " + reason)

        check_across_pages(scene)

        beats = [int(n) for n in re.findall(r"^heartbeat (\d+) at \d+ ms$", machine.console("heartbeat"), re.M)]
        check(len(beats) > 10 and beats == list(range(len(beats))), "the heartbeat has no gap in %d beats" % len(beats))
        machine.power_off()


run(test)
