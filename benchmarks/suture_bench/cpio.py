# SPDX-License-Identifier: Apache-2.0
"""Archives of guests, in the cpio format "newc": what suture-hv takes its guests from."""
MAGIC = b"070701"
HEADER = 110
END = "TRAILER!!!"


def read(archive):
    """{name: bytes} of the files in an archive."""
    files, at = {}, 0
    while archive[at:at + 6] == MAGIC:
        fields = [int(archive[at + 6 + 8 * index:at + 14 + 8 * index], 16) for index in range(13)]
        size, name_size = fields[6], fields[11]
        name = archive[at + HEADER:at + HEADER + name_size - 1].decode()
        start = at + (HEADER + name_size + 3 & ~3)
        if name == END:
            return files
        files[name] = archive[start:start + size]
        at = start + (size + 3 & ~3)
    raise ValueError("not an archive of guests (cpio, newc), or cut short")


def write(files):
    """An archive of (name, bytes), in that order."""
    parts = [member(number, name, data, 0o100755) for number, (name, data) in enumerate(files, 1)]
    return b"".join(parts + [member(0, END, b"", 0)])


def member(number, name, data, mode):
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = MAGIC + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
