# SPDX-License-Identifier: Apache-2.0
"""Payload files of any number of functions, for the functions of the benchmark image."""
import struct

R_X86_64_64 = 1
# mov $2,%eax; ret
CODE = b"\xb8\x02\x00\x00\x00\xc3"
TARGET_SIZE = 16
ALLOC, EXECUTE = 2, 4
# The link of a relocation section, until the index of the symbol table is known; and where a payload's own sections begin.
SYMTAB, FIRST_ROW = -1, 6


def sections_of(image):
    """(header fields, bytes) of each section of an ELF file."""
    offset, = struct.unpack_from("<Q", image, 40)
    size, count = struct.unpack_from("<HH", image, 58)
    for index in range(count):
        header = struct.unpack_from("<IIQQQQIIQQ", image, offset + index * size)
        yield header, b"" if header[1] == 8 else image[header[4]:header[4] + header[5]]


def symbol_address(path, wanted):
    """Address of a symbol of an ELF file."""
    with open(path, "rb") as file:
        sections = list(sections_of(file.read()))
    for header, data in sections:
        if header[1] != 2:
            continue
        names = sections[header[6]][1]
        for name, _info, _other, _section, value, _size in struct.iter_unpack("<IBBHQQ", data):
            if names[name:names.index(b"\0", name)] == wanted.encode():
                return value
    raise ValueError(f"{path} has no symbol {wanted}: not the benchmark image")


def note(build_id):
    return struct.pack("<III", 4, len(build_id), 3) + b"GNU\0" + build_id


def make_payload(build_id, first_target, functions, stride=1):
    """A payload that replaces `functions` functions of 16 bytes from first_target on, every stride-th."""
    code = CODE + b"\xcc" * (TARGET_SIZE - len(CODE))
    funcs = b"".join(struct.pack("<QQQIIB39x32x", 0, 0, first_target + index * stride * TARGET_SIZE, len(CODE), TARGET_SIZE, 2)
                     for index in range(functions))
    # Symbols 1 and 2 stand for .text and .rodata.
    relocations = b"".join(struct.pack("<QQq", index * 104, 2 << 32 | R_X86_64_64, 0) +
                           struct.pack("<QQq", index * 104 + 8, 1 << 32 | R_X86_64_64, index * TARGET_SIZE)
                           for index in range(functions))
    return payload_file(build_id, functions, code * functions, [
        (".livepatch.funcs", 1, ALLOC, funcs, 0, 0, 8, 0),
        (".rela.livepatch.funcs", 4, 0, relocations, SYMTAB, 6, 8, 24),
    ])


def hook_payload(build_id, code, hooks):
    """A payload that replaces nothing, whose hooks are all the same code."""
    rows = []
    for hook in hooks:
        rows += [(f".livepatch.hooks.{hook}", 1, ALLOC, bytes(8), 0, 0, 8, 0),
                 (f".rela.livepatch.hooks.{hook}", 4, 0, struct.pack("<QQq", 0, 1 << 32 | R_X86_64_64, 0), SYMTAB,
                  FIRST_ROW + len(rows), 8, 24)]
    return payload_file(build_id, sum(code), code, rows)


def empty_payload(build_id):
    """Its pause is an empty rendezvous: its hook is called when all CPUs go on again."""
    # xor %eax,%eax; ret
    return hook_payload(build_id, b"\x31\xc0\xc3", ["postapply"])


def stores_payload(build_id, function, count):
    """Its pause is an empty rendezvous and `count` times 5 bytes stored by the benchmark image's `function`."""
    # mov $count,%edi; movabs $function,%rax; jmp *%rax
    code = b"\xbf" + struct.pack("<I", count) + b"\x48\xb8" + struct.pack("<Q", function) + b"\xff\xe0"
    return hook_payload(build_id, code, ["load", "unload"])


def payload_file(build_id, seed, code, patches):
    """A payload of this code and these sections, the first of them section FIRST_ROW."""
    symbols = bytes(24) + b"".join(struct.pack("<IBBHQQ", 0, 3, 0, section, 0, 0) for section in (4, 5))
    names = b"benchmark target\0"
    own_id = struct.pack("<Q12x", seed)
    rows = [  # name, type, flags, data, link, info, alignment, entry size
        (".livepatch.xen_depends", 7, ALLOC, note(build_id), 0, 0, 4, 0),
        (".livepatch.depends", 7, ALLOC, note(build_id), 0, 0, 4, 0),
        (".note.gnu.build-id", 7, ALLOC, note(own_id), 0, 0, 4, 0),
        (".text", 1, ALLOC | EXECUTE, code, 0, 0, 16, 0),
        (".rodata", 1, ALLOC, names, 0, 0, 1, 0),
        *patches,
    ]
    symtab = len(rows) + 1
    rows = [(*row[:4], symtab if row[4] == SYMTAB else row[4], *row[5:]) for row in rows]
    return elf_file(rows + [(".symtab", 2, 0, symbols, symtab + 1, 3, 8, 24), (".strtab", 3, 0, b"\0", 0, 0, 1, 0)])


def elf_file(rows):
    """A relocatable x86-64 ELF file of these sections, and their names' table."""
    names = b"\0" + b"".join(row[0].encode() + b"\0" for row in rows) + b".shstrtab\0"
    body, headers, name_at = bytearray(64), [bytes(64)], 1
    for name, kind, flags, data, link, info, alignment, entry in rows + [(".shstrtab", 3, 0, names, 0, 0, 1, 0)]:
        body += bytes(-len(body) % max(alignment, 1))
        headers.append(struct.pack("<IIQQQQIIQQ", name_at, kind, flags, 0, len(body), len(data), link, info, alignment,
                                   entry))
        body += data
        name_at += len(name) + 1
    body += bytes(-len(body) % 8)
    struct.pack_into("<4sBBBBB7xHHIQQQIHHHHHH", body, 0, b"\x7fELF", 2, 1, 1, 0, 0, 1, 62, 1, 0, 0, len(body), 0, 64, 0, 0,
                     64, len(headers), len(headers) - 1)
    return bytes(body) + b"".join(headers)
