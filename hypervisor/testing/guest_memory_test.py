# SPDX-License-Identifier: Apache-2.0
"""Guests that come to nothing keep no memory: guest_memory_test.py IMAGE GUESTS (an archive of one guest)."""
import re
import tempfile

from qemu import Machine, check, run

TRAILER_SIZE = 124
MEMORY = 96
# The archive itself takes memory: all have one size, with zeros behind the trailer.
ARCHIVE_SIZE = 256 * 1024


def entry(name, data):
    """One entry of a cpio archive."""
    head = b"070701" + b"".join(b"%08x" % field for field in (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))
    head += name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def free_pages(image, archive):
    """Free pages once all guests are made, and what the log says of each guest."""
    with tempfile.NamedTemporaryFile(suffix=".cpio") as file:
        file.write(archive.ljust(ARCHIVE_SIZE, b"\0"))
        file.flush()
        with Machine(image, memory=MEMORY, guests=file.name) as machine:
            machine.wait_log("suture-hv: ready", 120)
            machine.power_off()
            log = machine.log()
    return int(re.search(r"memory: (\d+) pages free, ", log).group(1)), re.findall(r"guest (\S+): (on CPU|left out)", log)


def test(image, guests):
    with open(guests, "rb") as file:
        data = file.read()
    one, trailer = data[:-TRAILER_SIZE], data[-TRAILER_SIZE:]
    check(8 * len(data) <= ARCHIVE_SIZE, "8 guests' files fit")
    check(b"TRAILER!!!" in trailer and trailer.startswith(b"070701"), "the archive ends with its trailer")
    with_one, made = free_pages(image, one + trailer)
    check(len(made) == 1 and made[0][1] == "on CPU", "one guest fits")
    name = made[0][0]
    with_two, _ = free_pages(image, one + one + trailer)
    check(with_one - with_two > 4096, "a guest takes %d pages" % (with_one - with_two))
    with_junk, made = free_pages(image, entry("junk", b"no ELF") + one + entry("more", b"\x7fELF") + trailer)
    check(made == [("junk", "left out"), (name, "on CPU"), ("more", "left out")], "what is no guest is left out")
    check(with_junk == with_one, "... and keeps no page")
    with_many, made = free_pages(image, 8 * one + trailer)
    running = sum(what == "on CPU" for _, what in made)
    check(2 <= running < 8 and len(made) == 8, "%d of 8 guests fit" % running)
    check(with_many == with_one - (running - 1) * (with_one - with_two), "the others keep no page")


run(test)
