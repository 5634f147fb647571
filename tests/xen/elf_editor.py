# SPDX-License-Identifier: Apache-2.0
"""A relocatable ELF file whose fields tests change, one at a time."""
import struct

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
HEADER_FIELDS = ("ident", "type", "machine", "version", "entry", "phoff", "shoff", "flags", "ehsize", "phentsize", "phnum",
                 "shentsize", "shnum", "shstrndx")
SECTION = struct.Struct("<IIQQQQIIQQ")
SECTION_FIELDS = ("name", "type", "flags", "addr", "offset", "size", "link", "info", "addralign", "entsize")
SYMBOL = struct.Struct("<IBBHQQ")
SYMBOL_FIELDS = ("name", "info", "other", "shndx", "value", "size")
SYMTAB, RELA = 2, 4


class Elf:
    """Reads from, and writes to, a copy of the file's bytes."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.first = dict(zip(HEADER_FIELDS, HEADER.unpack_from(self.data)))

    def header(self, **fields):
        """Changes fields of the ELF header."""
        self._change(HEADER, HEADER_FIELDS, 0, fields)

    def ident(self, index, value):
        self.data[index] = value

    def section_at(self, index):
        offset = self.first["shoff"] + index * SECTION.size
        return dict(zip(SECTION_FIELDS, SECTION.unpack_from(self.data, offset)))

    def name_of(self, index):
        start = self.section_at(self.first["shstrndx"])["offset"] + self.section_at(index)["name"]
        return self.data[start:self.data.index(0, start)].decode()

    def index_of(self, name):
        return next(index for index in range(1, self.first["shnum"]) if self.name_of(index) == name)

    def symbol_table(self):
        return next(index for index in range(1, self.first["shnum"]) if self.section_at(index)["type"] == SYMTAB)

    def section(self, which, **fields):
        """Changes fields of a section's header; which: its name or index."""
        index = which if isinstance(which, int) else self.index_of(which)
        self._change(SECTION, SECTION_FIELDS, self.first["shoff"] + index * SECTION.size, fields)

    def rename(self, name):
        """Makes a section's name another one, of the same length."""
        start = self.section_at(self.first["shstrndx"])["offset"] + self.section_at(self.index_of(name))["name"]
        self.data[start + 1] ^= 1

    def put(self, section, offset, data):
        """Writes into a section's data; a negative offset counts from its end."""
        header = self.section_at(section if isinstance(section, int) else self.index_of(section))
        start = header["offset"] + offset + (header["size"] if offset < 0 else 0)
        self.data[start:start + len(data)] = data

    def symbol_named(self, name):
        """Index of a symbol."""
        table = self.section_at(self.symbol_table())
        strings = self.section_at(table["link"])["offset"]
        for index in range(table["size"] // SYMBOL.size):
            start = strings + SYMBOL.unpack_from(self.data, table["offset"] + index * SYMBOL.size)[0]
            if self.data[start:self.data.index(0, start)].decode() == name:
                return index
        raise KeyError(name)

    def symbol(self, which, **fields):
        """Changes fields of the symbol of that name."""
        offset = self.section_at(self.symbol_table())["offset"] + self.symbol_named(which) * SYMBOL.size
        self._change(SYMBOL, SYMBOL_FIELDS, offset, fields)

    def relocation(self, section, number, symbol=None, kind=None, offset=None, addend=None):
        """Changes one entry of a section of relocations."""
        at = self.section_at(self.index_of(section))["offset"] + number * 24
        old_offset, info, old_addend = struct.unpack_from("<QQq", self.data, at)
        info = ((info >> 32 if symbol is None else symbol) << 32) | (info & 0xffffffff if kind is None else kind)
        struct.pack_into("<QQq", self.data, at, old_offset if offset is None else offset, info,
                         old_addend if addend is None else addend)

    def _change(self, layout, names, offset, fields):
        values = dict(zip(names, layout.unpack_from(self.data, offset)))
        assert set(fields) <= set(values), fields
        values.update(fields)
        layout.pack_into(self.data, offset, *values.values())
