# SPDX-License-Identifier: Apache-2.0
"""One session with a hypervisor's control channel: thousands of actions without a process for each.

The frames and structures are those of runtime/format/frame.h and control.h.
"""
import errno
import socket
import struct
import time

from machine import Failed

MAGIC, VERSION, REQUEST = 0x52545553, 1, 1
COMMANDS = {"action": 3, "detail": 0x53550001}
ACTIONS = {"revert": 2, "apply": 3}
SEGMENT_IN, SEGMENT_OUT = 1, 2
HEADER, OPERATION, SEGMENT = struct.Struct("<IHHIIiIII"), 104, struct.Struct("<QII")
NAME_AT, RECORD_AT = 0x1000, 0x2000
RECORD_SIZE, TIMES_AT = 344, 168
TIMEOUT_NS = 4_000_000_000


class Channel:
    """A client of control.sock of a VM that `suture vm start` started."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(300)
        self.socket.connect(path)
        self.sequence = 0

    def close(self):
        self.socket.close()

    def receive(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise Failed("the control channel ended")
            data += part
        return data

    def exchange(self, command, body, data=b"", room=0):
        """(result, what was written to the caller's memory, reason) of one request."""
        self.sequence += 1
        segments = [SEGMENT.pack(NAME_AT, len(data), SEGMENT_IN)] if data else []
        segments += [SEGMENT.pack(RECORD_AT, room, SEGMENT_OUT)] if room else []
        rest = struct.pack("<II", COMMANDS[command], 0) + body.ljust(OPERATION - 8, b"\0") + b"".join(segments) + data
        self.socket.sendall(HEADER.pack(MAGIC, VERSION, REQUEST, HEADER.size + len(rest), self.sequence, 0, len(segments), 0,
                                        0) + rest)
        _, _, _, length, sequence, result, _, reason_size, _ = HEADER.unpack(self.receive(HEADER.size))
        answer = self.receive(length - HEADER.size)
        if sequence != self.sequence:
            raise Failed(f"answer {sequence} to request {self.sequence}")
        start = OPERATION + SEGMENT.size * len(segments)
        return result, answer[start:start + room], answer[len(answer) - reason_size:].decode(errors="replace")

    def act(self, name, action):
        """Applies or reverts; the times of it as the hypervisor recorded them, in ns. There must be no other payload."""
        data = name.encode() + b"\0"
        body = struct.pack("<QHHHH", NAME_AT, len(data), 0, 0, 0) + struct.pack("<IIII", ACTIONS[action], TIMEOUT_NS, 0, 0)
        result, _, reason = self.exchange("action", body, data)
        if result != 0:
            raise Failed(f"{action} {name}: {errno.errorcode.get(-result, result)}: {reason}")
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            count, record, reason = self.exchange("detail", struct.pack("<IIIIQ", 0, 0, 1, 0, RECORD_AT), room=RECORD_SIZE)
            if count != 1:
                raise Failed(f"no details of {name}: {errno.errorcode.get(-count, count)}: {reason}")
            outcome, = struct.unpack_from("<i", record, 4)
            if outcome == 0:
                rendezvous, _, pause, _, total, _ = struct.unpack_from("<6Q", record, TIMES_AT)
                return {"rendezvous": rendezvous, "pause": pause, "total": total}
            if outcome != -errno.EAGAIN:
                raise Failed(f"{action} {name}: {errno.errorcode.get(-outcome, outcome)}")
        raise Failed(f"{action} {name} is never done")
