# SPDX-License-Identifier: Apache-2.0
"""A client of the control protocol for many operations in one session (runtime/format/frame.h)."""
import socket
import struct

HEADER = struct.Struct("<IHHIIiIII")
MAGIC, VERSION, REQUEST, RESPONSE, RESET = 0x52545553, 1, 1, 2, 3
UPLOAD, ACTION, UNLOAD = 0, 3, 1
OPERATION_SIZE = 104


class Session:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.sequence = 1
        self._exchange(HEADER.pack(MAGIC, VERSION, RESET, HEADER.size, self.sequence, 0, 0, 0, 0))

    def close(self):
        self.socket.close()

    def _receive(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError("the session ended")
            data += more
        return data

    def _exchange(self, frame):
        self.socket.sendall(frame)
        magic, version, kind, length, sequence, result, _segments, reason, _zero = HEADER.unpack(
            self._receive(HEADER.size))
        assert (magic, version, kind, sequence) == (MAGIC, VERSION, RESPONSE, self.sequence)
        body = self._receive(length - HEADER.size)
        self.sequence += 1
        return result, body[len(body) - reason:].decode()

    def _call(self, operation, *inputs):
        """inputs: (address, bytes) of the caller's memory; addresses are as good as any."""
        segments = b"".join(struct.pack("<QII", address, len(data), 1) for address, data in inputs)
        content = operation.ljust(OPERATION_SIZE, b"\0") + segments + b"".join(data for _address, data in inputs)
        return self._exchange(HEADER.pack(MAGIC, VERSION, REQUEST, HEADER.size + len(content), self.sequence, 0,
                                          len(inputs), 0, 0) + content)

    def upload(self, name, payload):
        """Returns the result and the reason."""
        name = name.encode() + b"\0"
        operation = struct.pack("<IIQHHHHQQ", UPLOAD, 0, 0x1000, len(name), 0, 0, 0, len(payload), 0x100000)
        return self._call(operation, (0x1000, name), (0x100000, payload))

    def unload(self, name):
        name = name.encode() + b"\0"
        operation = struct.pack("<IIQHHHHIIII", ACTION, 0, 0x1000, len(name), 0, 0, 0, UNLOAD, 0, 0, 0)
        return self._call(operation, (0x1000, name))
