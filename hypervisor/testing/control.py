# SPDX-License-Identifier: Apache-2.0
"""The control channel as the tests of the hypervisor use it, and payloads made by hand."""
import os
import struct
import subprocess
import time

from control_session import (ACTION, ACTION_ON_PROBATION, APPLY, CONFIRM, DETAIL, GET, REPLACE, REVERT, UNLOAD,
                             ControlSession)
from qemu import Failure

EIO, EAGAIN, EBUSY, EINVAL, EOPNOTSUPP = -5, -11, -16, -22, -95
CHECKED, APPLIED = 1, 2


class Control(ControlSession):
    """A session in which what does not work ends the test."""

    def upload(self, name, payload):
        result, reason = super().upload(name, payload)
        if result != 0:
            raise Failure("upload of %s: %d %s" % (name, result, reason))

    def status(self, name):
        reference, segment = self.named(name)
        result, operation, reason = self.request(GET, reference, [segment])
        if result != 0:
            raise Failure("get %s: %d %s" % (name, result, reason))
        state, outcome = struct.unpack_from("<Ii", operation, 24)
        return state, outcome, reason

    def ask(self, name, action, timeout_ns=4_000_000_000, probation_ms=0, nodeps=False):
        """Asks for an action; (result, reason) of the question."""
        reference, segment = self.named(name)
        body = reference + struct.pack("<IIII", action, timeout_ns, int(nodeps), 0)
        if probation_ms:
            body += struct.pack("<II", probation_ms, 0)
        result, _, reason = self.request(ACTION_ON_PROBATION if probation_ms else ACTION, body, [segment])
        return result, reason

    def confirm(self, name):
        """Ends a probation; (result, reason)."""
        reference, segment = self.named(name)
        result, _, reason = self.request(CONFIRM, reference, [segment])
        return result, reason

    def stack(self):
        """Names of the applied payloads, the bottom first."""
        size = 344
        result, _, (records,), reason = self.exchange(DETAIL, struct.pack("<IIIIQ", 0, 0, 64, 0, 0x1000), [],
                                                      [(0x1000, 64 * size)])
        if result < 0:
            raise Failure("detail: %d %s" % (result, reason))
        found = []
        for at in range(0, result * size, size):
            position, = struct.unpack_from("<I", records, at + 8)
            if position:
                found.append((position, records[at + 216:at + size].split(b"\0")[0].decode()))
        return [name for _, name in sorted(found)]

    def act(self, name, action, timeout_ns=4_000_000_000, probation_ms=0, nodeps=False):
        """Asks for an action and waits until it is done; its result."""
        result, reason = self.ask(name, action, timeout_ns, probation_ms, nodeps)
        if result != 0:
            raise Failure("action %d on %s: %d %s" % (action, name, result, reason))
        if action == UNLOAD:
            return 0
        end = time.monotonic() + 60
        while time.monotonic() < end:
            _, outcome, _ = self.status(name)
            if outcome != EAGAIN:
                return outcome
        raise Failure("action %d on %s is never done" % (action, name))


def build_id_of(path):
    """The build-id in an ELF file's first note, as hex."""
    notes = subprocess.run(["llvm-readelf-19", "-n", path], capture_output=True, check=True, text=True).stdout
    return [line.split()[-1] for line in notes.splitlines() if "Build ID" in line][-1]


def note(section, build_id):
    """Assembly of a build-id note."""
    return '.section %s, "a", @note\n.long 4, %d, 3\n.asciz "GNU"\n.byte %s\n' % (
        section, len(build_id) // 2, ",".join("0x" + build_id[at:at + 2] for at in range(0, len(build_id), 2)))


def make_payload(folder, image, functions, depends=None, expect=b"", extra=""):
    """A payload that replaces functions, given as {symbol: assembly of the new body}, by hand.

    depends: build-id (hex) that it is stacked on, by default the hypervisor's; expect: bytes that must stand at each
    function; extra: more assembly."""
    text, names, funcs = "", "", ""
    expectation = "%d" % (len(expect) << 1 | 1 if expect else 0)
    expectation += "".join(", %d" % byte for byte in expect.ljust(31, b"\0"))
    for number, (symbol, body) in enumerate(functions.items()):
        text += "new%d:\n%s\n.Lend%d:\n" % (number, body, number)
        names += '.Lname%d: .asciz "%s"\n' % (number, symbol)
        funcs += (".quad .Lname%d, new%d, 0\n.long .Lend%d - new%d, %d\n.byte 2\n.zero 39\n.byte %s\n" %
                  ((number,) * 4 + (max(16, len(expect)), expectation)))
    hypervisor = build_id_of(image)
    source, made, output = (os.path.join(folder, name) for name in ("p.s", "p.o", "p.livepatch"))
    with open(source, "w", encoding="utf-8") as file:
        file.write('.section .text.new, "ax", @progbits\n%s.section .rodata.str, "a", @progbits\n%s'
                   '.section .livepatch.funcs, "a", @progbits\n%s%s%s%s\n' %
                   (text, names, funcs, note(".livepatch.xen_depends", hypervisor),
                    note(".livepatch.depends", depends or hypervisor), extra))
    subprocess.run(["clang-19", "-c", source, "-o", made], check=True)
    subprocess.run(["ld.lld-19", "-r", "--build-id=sha1", made, "-o", output], check=True)
    with open(output, "rb") as file:
        return file.read()


def text_at(image, name, size):
    """(address, the first bytes) of a function in the image's file."""
    lines = subprocess.run(["llvm-nm-19", image], capture_output=True, check=True, text=True).stdout.splitlines()
    start = next(int(line.split()[0], 16) for line in lines if line.split()[-1] == name)
    with open(image, "rb") as file:
        data = file.read()
    table, = struct.unpack_from("<Q", data, 0x28)
    entry_size, count = struct.unpack_from("<HH", data, 0x3a)
    for number in range(count):
        _, _, _, address, offset, length = struct.unpack_from("<IIQQQQ", data, table + number * entry_size)
        if address != 0 and address <= start < address + length:
            return start, data[offset + start - address:][:size]
    raise Failure("%s lies in no section of %s" % (name, image))


def symbol(image, part):
    """The one symbol of the image whose name contains part."""
    names = subprocess.run(["llvm-nm-19", image], capture_output=True, check=True, text=True).stdout
    found = [line.split()[-1] for line in names.splitlines() if part in line.split()[-1]]
    if len(found) != 1:
        raise Failure("symbols with %s: %s" % (part, found))
    return found[0]
