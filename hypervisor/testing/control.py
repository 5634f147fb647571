# SPDX-License-Identifier: Apache-2.0
"""A client of the control channel for tests that act faster than a process a request: the frames of
runtime/format/frame.h, and payloads made by hand."""
import os
import socket
import struct
import subprocess
import time

from qemu import Failure

UPLOAD, GET, ACTION = 0, 1, 3
UNLOAD, REVERT, APPLY = 1, 2, 3
EAGAIN, EBUSY = -11, -16
SEGMENT_IN = 1
CHECKED, APPLIED = 1, 2


class Control:
    """One session."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.sequence = 0

    def receive(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise Failure("the control channel ended")
            data += part
        return data

    def request(self, command, body, segments):
        """(result, operation, reason) of one request; segments are (address, bytes) that the hypervisor may read."""
        self.sequence += 1
        frame = struct.pack("<II", command, 0) + body.ljust(96, b"\0")
        frame += b"".join(struct.pack("<QII", address, len(data), SEGMENT_IN) for address, data in segments)
        frame += b"".join(data for _, data in segments)
        self.socket.sendall(
            struct.pack("<IHHIIiIII", 0x52545553, 1, 1, 32 + len(frame), self.sequence, 0, len(segments), 0, 0) + frame)
        _, _, _, length, sequence, result, count, reason, _ = struct.unpack("<IHHIIiIII", self.receive(32))
        rest = self.receive(length - 32)
        if sequence != self.sequence:
            raise Failure("answer %d to request %d" % (sequence, self.sequence))
        del count
        return result, rest[:104], rest[len(rest) - reason:].decode() if reason else ""

    @staticmethod
    def named(name):
        """NameRef and the segment it names."""
        data = name.encode() + b"\0"
        return struct.pack("<QHHHH", 0x1000, len(data), 0, 0, 0), (0x1000, data)

    def upload(self, name, payload):
        reference, segment = self.named(name)
        result, _, reason = self.request(UPLOAD, reference + struct.pack("<QQ", len(payload), 0x10000),
                                         [segment, (0x10000, payload)])
        if result != 0:
            raise Failure("upload of %s: %d %s" % (name, result, reason))

    def status(self, name):
        reference, segment = self.named(name)
        result, operation, reason = self.request(GET, reference, [segment])
        if result != 0:
            raise Failure("get %s: %d %s" % (name, result, reason))
        state, outcome = struct.unpack_from("<Ii", operation, 24)
        return state, outcome, reason

    def act(self, name, action, timeout_ns=4_000_000_000):
        """Asks for an action and waits until it is done; its result."""
        reference, segment = self.named(name)
        result, _, reason = self.request(ACTION, reference + struct.pack("<IIII", action, timeout_ns, 0, 0), [segment])
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


def make_payload(folder, image, functions):
    """A payload that replaces functions, given as {symbol: assembly of the new body}, by hand."""
    notes = subprocess.run(["llvm-readelf-19", "-n", image], capture_output=True, check=True, text=True).stdout
    build_id = next(line.split()[-1] for line in notes.splitlines() if "Build ID" in line)
    depends = '.long 4, 20, 3\n.asciz "GNU"\n.byte ' + ",".join("0x" + build_id[i:i + 2] for i in range(0, 40, 2))
    text, names, funcs = "", "", ""
    for number, (symbol, body) in enumerate(functions.items()):
        text += "new%d:\n%s\n.Lend%d:\n" % (number, body, number)
        names += '.Lname%d: .asciz "%s"\n' % (number, symbol)
        funcs += (".quad .Lname%d, new%d, 0\n.long .Lend%d - new%d, 16\n.byte 2\n.zero 71\n" % ((number,) * 4))
    source, made, output = (os.path.join(folder, name) for name in ("p.s", "p.o", "p.livepatch"))
    with open(source, "w", encoding="utf-8") as file:
        file.write('.section .text.new, "ax", @progbits\n%s.section .rodata.str, "a", @progbits\n%s'
                   '.section .livepatch.funcs, "a", @progbits\n%s'
                   '.section .livepatch.xen_depends, "a", @note\n%s\n.section .livepatch.depends, "a", @note\n%s\n' %
                   (text, names, funcs, depends, depends))
    subprocess.run(["clang-19", "-c", source, "-o", made], check=True)
    subprocess.run(["ld.lld-19", "-r", "--build-id=sha1", made, "-o", output], check=True)
    with open(output, "rb") as file:
        return file.read()


def symbol(image, part):
    """The one symbol of the image whose name contains part."""
    names = subprocess.run(["llvm-nm-19", image], capture_output=True, check=True, text=True).stdout
    found = [line.split()[-1] for line in names.splitlines() if part in line.split()[-1]]
    if len(found) != 1:
        raise Failure("symbols with %s: %s" % (part, found))
    return found[0]
