# SPDX-License-Identifier: Apache-2.0
"""The virtio ports carry bytes both ways and lose none, and a control client may do what it likes without harm to the
next one: channel_test.py IMAGE GUESTS."""
import socket
import struct
import time

from control import GET, Control
from qemu import Machine, check, run

HEADER = "<IHHIIiIII"
REQUEST, RESET = 1, 3


def frame_of_get(sequence):
    """A Get for a name that nobody has."""
    body = struct.pack("<II", GET, 0) + struct.pack("<QHHHH", 0x1000, 2, 0, 0, 0).ljust(96, b"\0")
    body += struct.pack("<QII", 0x1000, 2, 1) + b"x\0"
    return struct.pack(HEADER, 0x52545553, 1, REQUEST, 32 + len(body), sequence, 0, 1, 0, 0) + body


def answers(client, count):
    """(sequence, result) of the next answers."""
    for _ in range(count):
        _, _, _, length, sequence, result, _, _, _ = struct.unpack(HEADER, client.receive(32))
        client.receive(length - 32)
        yield sequence, result


def check_echo(machine):
    console = socket.socket(socket.AF_UNIX)
    console.settimeout(60)
    console.connect(machine.path("console"))
    text = "".join("line %d of what the host has to say\n" % i for i in range(400))
    console.sendall(text.encode())
    wanted, got = text.upper(), ""
    while len(got) < len(wanted):
        part = console.recv(65536)
        if not part:
            break
        got += part.decode()
        got = got[got.index("READY\n") + 6:] if "READY\n" in got else got.replace("ready\n", "")
    check(got == wanted, "%d bytes went to a guest and came back in order" % len(wanted))


def test(image, guests):
    # An early connection is not waited for: what the guest says before is dropped by QEMU.
    arguments = ["-chardev", "socket,id=echo,path=console,server=on,wait=off", "-device",
                 "virtserialport,bus=vser.0,nr=9,chardev=echo,name=suture.console.echo"]
    with Machine(image, cpus=2, guests=guests, arguments=arguments) as machine:
        machine.wait_log("suture-hv: ready")
        path = machine.path("control")
        client = Control(path)
        client.socket.sendall(b"".join(frame_of_get(n) for n in range(200)))
        got = list(answers(client, 200))
        check(got == [(n, -2) for n in range(200)], "200 requests in one piece get 200 answers in order")

        # Many times, and with a pause or none: whether both clients' bytes wait together is a matter of luck.
        got = []
        for n in range(60):
            client.socket.sendall(frame_of_get(1)[:50])
            client.socket.close()
            client = Control(path)
            time.sleep(n % 3 * 0.002)
            client.socket.sendall(frame_of_get(7))
            got += answers(client, 1)
        check(got == [(7, -2)] * 60, "a frame cut short by its client does not reach the next one")

        client.socket.sendall(b"nonsense" * 100 + struct.pack(HEADER, 0x52545553, 1, RESET, 32, 9, 0, 0, 0, 0))
        check((9, 0) in list(answers(client, 2)), "after nonsense, a reset is answered")
        client.socket.sendall(frame_of_get(10))
        check(list(answers(client, 1)) == [(10, -2)], "and the next request too")
        client.socket.close()
        check_echo(machine)
        check("panic" not in machine.log(), "no panic")
        machine.power_off()


run(test)
