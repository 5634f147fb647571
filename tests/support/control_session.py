# SPDX-License-Identifier: Apache-2.0
"""A session of the control channel (runtime/format/frame.h), for tests that ask faster than a process a request."""
import socket
import struct

HEADER = struct.Struct("<IHHIIiIII")
SEGMENT = struct.Struct("<QII")
MAGIC, VERSION = 0x52545553, 1
REQUEST, RESPONSE = 1, 2
SEGMENT_IN, SEGMENT_OUT = 1, 2
OPERATION_SIZE = 104
UPLOAD, GET, LIST, ACTION = 0, 1, 2, 3
DETAIL, ACTION_ON_PROBATION, CONFIRM = 0x53550001, 0x53550002, 0x53550003
UNLOAD, REVERT, APPLY, REPLACE = 1, 2, 3, 4


class Lost(Exception):
    """The channel ended, or answered what was not asked."""


class ControlSession:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.sequence = 0

    def close(self):
        self.socket.close()

    def receive(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise Lost("the control channel ended")
            data += part
        return data

    def _exchange(self, segments, content):
        """(result, number of segments, what follows the header without the reason, reason)."""
        self.sequence += 1
        self.socket.sendall(HEADER.pack(MAGIC, VERSION, REQUEST, HEADER.size + len(content), self.sequence, 0, segments, 0,
                                        0) + content)
        magic, version, kind, length, sequence, result, written, reason, _ = HEADER.unpack(self.receive(HEADER.size))
        if (magic, version, kind, sequence) != (MAGIC, VERSION, RESPONSE, self.sequence):
            raise Lost("answer %d of kind %d to request %d" % (sequence, kind, self.sequence))
        body = self.receive(length - HEADER.size)
        end = len(body) - reason
        return result, written, body[:end], body[end:].decode()

    def exchange(self, command, body, inputs=(), outs=()):
        """(result, operation, bytes written to each of outs, reason) of one request; inputs are (address, bytes) that the
        hypervisor may read, outs (address, size) that it may write. Addresses are as good as any."""
        content = (struct.pack("<II", command, 0) + body).ljust(OPERATION_SIZE, b"\0")
        content += b"".join(SEGMENT.pack(address, len(data), SEGMENT_IN) for address, data in inputs)
        content += b"".join(SEGMENT.pack(address, size, SEGMENT_OUT) for address, size in outs)
        content += b"".join(data for _, data in inputs)
        result, count, answer, reason = self._exchange(len(inputs) + len(outs), content)
        at, written = OPERATION_SIZE + SEGMENT.size * count, []
        for number in range(count):
            _, size, _ = SEGMENT.unpack_from(answer, OPERATION_SIZE + SEGMENT.size * number)
            written.append(answer[at:at + size])
            at += size
        return result, answer[:OPERATION_SIZE], written, reason

    def request(self, command, body, inputs):
        """(result, operation, reason) of a request that gets nothing written."""
        result, operation, _, reason = self.exchange(command, body, inputs)
        return result, operation, reason

    @staticmethod
    def named(name):
        """NameRef and the segment it names."""
        data = name.encode() + b"\0"
        return struct.pack("<QHHHH", 0x1000, len(data), 0, 0, 0), (0x1000, data)

    def upload(self, name, payload):
        """(result, reason)."""
        reference, segment = self.named(name)
        result, _, reason = self.request(UPLOAD, reference + struct.pack("<QQ", len(payload), 0x100000),
                                         [segment, (0x100000, payload)])
        return result, reason

    def unload(self, name):
        """(result, reason)."""
        reference, segment = self.named(name)
        result, _, reason = self.request(ACTION, reference + struct.pack("<IIII", UNLOAD, 0, 0, 0), [segment])
        return result, reason
