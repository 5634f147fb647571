# SPDX-License-Identifier: Apache-2.0
"""Links a hypervisor image with its own symbol table inside, in two steps.

usage: symbols.py OUTPUT LINKER-AND-ARGUMENTS... -- COMPILER

The first link has an empty table; from its .symtab the table of hypervisor/lib/symbols.h is written, and the second link
has that. The table's section lies behind everything else, so that no address moves: checked symbol by symbol.
"""
import os
import struct
import subprocess
import sys
import tempfile

SHF_ALLOC = 2
STT_SECTION, STT_FILE = 3, 4
STB_LOCAL = 0
STV_DEFAULT = 0
TABLE_SECTION = ".suture.symbols"


def read_symbols(path):
    """(name as the table has it, address, size, type) of each symbol in loaded sections, and the table's start."""
    with open(path, "rb") as file:
        data = file.read()
    shoff, = struct.unpack_from("<Q", data, 0x28)
    shentsize, shnum, shstrndx = struct.unpack_from("<HHH", data, 0x3a)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, shoff + i * shentsize) for i in range(shnum)]

    def string(base, offset):
        return data[base + offset:data.index(b"\0", base + offset)].decode()

    names = [string(headers[shstrndx][4], header[0]) for header in headers]
    table_start = headers[names.index(TABLE_SECTION)][3]
    symtab = headers[names.index(".symtab")]
    strings = headers[symtab[6]][4]
    symbols, unit = [], ""
    for at in range(symtab[4] + 24, symtab[4] + symtab[5], 24):
        name, info, other, section, value, size = struct.unpack_from("<IBBHQQ", data, at)
        text = string(strings, name)
        if info & 15 == STT_FILE:
            unit = text
        elif text and info & 15 != STT_SECTION and 0 < section < shnum and headers[section][2] & SHF_ALLOC:
            if value < table_start:
                # The linker makes hidden globals local; their visibility still tells them apart.
                local = info >> 4 == STB_LOCAL and other & 3 == STV_DEFAULT and unit
                symbols.append(("%s#%s" % (unit, text) if local else text, value, size, info & 15))
    return sorted(set(symbols), key=lambda symbol: (symbol[1], symbol[0], symbol[2:]))


def hash_of(name):
    """FNV-1a, of 32 bits."""
    value = 0x811c9dc5
    for byte in name:
        value = (value ^ byte) * 0x01000193 & 0xffffffff
    return value


def encode(symbols):
    """The bytes that hypervisor/lib/symbols.h describes."""
    base = symbols[0][1] if symbols else 0
    names, offsets = b"", {}
    for name in sorted({symbol[0].encode() for symbol in symbols}):
        offsets[name] = len(names)
        names += name + b"\0"
    entries = b"".join(struct.pack("<IIII", address - base, size, offsets[name.encode()], kind)
                       for name, address, size, kind in symbols)
    buckets = [0] * (1 << (2 * len(symbols)).bit_length())
    for number, symbol in enumerate(symbols, 1):
        place = hash_of(symbol[0].encode()) % len(buckets)
        while buckets[place]:
            place = (place + 1) % len(buckets)
        buckets[place] = number
    return (struct.pack("<8sIIQII", b"SUTSYMS", len(symbols), len(names), base, len(buckets), 0) + entries +
            struct.pack("<%dI" % len(buckets), *buckets) + names)


def make_object(compiler, folder, table):
    """An object file with the table in its section."""
    source, blob, output = (os.path.join(folder, name) for name in ("table.S", "table.bin", "table.o"))
    with open(blob, "wb") as file:
        file.write(table)
    with open(source, "w", encoding="utf-8") as file:
        file.write('.section %s, "a", @progbits\n.balign 8\n.globl symbolTableStart\n.hidden symbolTableStart\n'
                   'symbolTableStart:\n.incbin "%s"\n.globl symbolTableEnd\n.hidden symbolTableEnd\nsymbolTableEnd:\n'
                   '.section .note.GNU-stack, "", @progbits\n' % (TABLE_SECTION, blob))
    subprocess.run([compiler, "-c", source, "-o", output], check=True)
    return output


def main():
    output, split = sys.argv[1], sys.argv.index("--")
    link, compiler = sys.argv[2:split], sys.argv[split + 1]
    with tempfile.TemporaryDirectory() as folder:
        first = os.path.join(folder, "first")
        subprocess.run(link + [make_object(compiler, folder, encode([])), "-o", first], check=True)
        symbols = read_symbols(first)
        subprocess.run(link + [make_object(compiler, folder, encode(symbols)), "-o", output], check=True)
    if read_symbols(output) != symbols:
        sys.exit("%s: addresses moved between the two links" % output)


main()
