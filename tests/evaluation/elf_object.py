# SPDX-License-Identifier: Apache-2.0
"""Just enough of ELF64 to compare builds: sections, symbols and relocations, read with `struct` alone.

Nothing here is shared with the builder's own reader: a mistake in one must not hide in the other.
"""
import bisect
import struct
from collections import namedtuple

Section = namedtuple("Section", "index name type flags address offset size link info entry_size")
Symbol = namedtuple("Symbol", "index name kind binding section value size")
Relocation = namedtuple("Relocation", "offset type symbol addend")

WRITE, ALLOCATED, EXECUTABLE, STRINGS = 0x1, 0x2, 0x4, 0x20
NOBITS, RELA, SYMBOL_TABLE = 8, 4, 2
NOTYPE, OBJECT, FUNCTION, SECTION, FILE = 0, 1, 2, 3, 4
LOCAL = 0
UNDEFINED, ABSOLUTE = 0, 0xFFF1
R_64, R_PC32, R_PLT32 = 1, 2, 4


def text_at(table, offset):
    """The NUL-terminated string at offset."""
    return table[offset:table.index(b"\0", offset)].decode("utf-8", "replace")


class ElfObject:
    """One ELF64 file, little endian. Symbols keep the file's order; relocations are sorted by offset."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.bytes = file.read()
        if self.bytes[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path}: not an ELF64 file, little endian")
        table, = struct.unpack_from("<Q", self.bytes, 0x28)
        entry, count, names = struct.unpack_from("<HHH", self.bytes, 0x3A)
        rows = [struct.unpack_from("<IIQQQQIIQQ", self.bytes, table + entry * index) for index in range(count)]
        strings = self.bytes[rows[names][4]:rows[names][4] + rows[names][5]] if rows else b""
        self.sections = [Section(index, text_at(strings, row[0]), row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[9])
                         for index, row in enumerate(rows)]
        self.symbols = self._read_symbols()
        self.relocations = self._read_relocations()
        self._starts = {index: [item.offset for item in rows] for index, rows in self.relocations.items()}

    def content(self, section):
        """The section's bytes; zeros for .bss."""
        if section.type == NOBITS:
            return bytes(section.size)
        return self.bytes[section.offset:section.offset + section.size]

    def named(self, name):
        """The first section of that name, or None."""
        return next((section for section in self.sections if section.name == name), None)

    def _read_symbols(self):
        table = next((section for section in self.sections if section.type == SYMBOL_TABLE), None)
        if table is None:
            return []
        strings = self.content(self.sections[table.link])
        rows = struct.iter_unpack("<IBBHQQ", self.content(table))
        return [Symbol(index, text_at(strings, name), info & 15, info >> 4, section, value, size)
                for index, (name, info, _other, section, value, size) in enumerate(rows)]

    def _read_relocations(self):
        result = {}
        for section in self.sections:
            if section.type != RELA:
                continue
            rows = [Relocation(offset, info & 0xFFFFFFFF, self.symbols[info >> 32], addend)
                    for offset, info, addend in struct.iter_unpack("<QQq", self.content(section))]
            result.setdefault(section.info, []).extend(rows)
        for rows in result.values():
            rows.sort(key=lambda row: row.offset)
        return result

    def relocations_in(self, section, start, end):
        """The relocations of section (an index) with start <= offset < end."""
        starts = self._starts.get(section, [])
        return self.relocations.get(section, [])[bisect.bisect_left(starts, start):bisect.bisect_left(starts, end)]

    def file_names(self):
        """The names of the translation units that the file was made from."""
        return [symbol.name for symbol in self.symbols if symbol.kind == FILE]


def addresses_by_unit(image):
    """Of a linked image: {(unit, name): address} for local functions, and {name: address} for global ones.

    The unit is what the compiler wrote as the file's name; locals follow it in the symbol table.
    """
    local, exported, unit = {}, {}, ""
    for symbol in image.symbols:
        if symbol.kind == FILE:
            unit = symbol.name
        elif symbol.section != UNDEFINED and symbol.name:
            if symbol.binding == LOCAL:
                local.setdefault((unit, symbol.name), symbol.value)
            else:
                exported[symbol.name] = symbol.value
    return local, exported
