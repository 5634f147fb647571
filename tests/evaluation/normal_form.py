# SPDX-License-Identifier: Apache-2.0
"""The functions and data of one object file in a form that two builds of the same source share.

objdump says where instructions begin and how they read; symbols and relocations say what they refer to. A function becomes
a list of instructions in which
- a jump inside the function names the number of the instruction it reaches, padding not counted, so that a short and a
  long encoding are the same;
- a reference to code names the function; one to writable data the variable, without the number that the compiler gives
  static locals; one to a constant or a string what stands there;
- everything else is as objdump prints it.
Entries of tables beside the code (bug frames, alternatives, exceptions) belong to the function they point at and are
compared with it; the line number in a bug frame is left out.
"""
import bisect
import hashlib
import os
import re
import subprocess
from collections import namedtuple

from elf_object import (ABSOLUTE, ALLOCATED, EXECUTABLE, FUNCTION, LOCAL, NOBITS, NOTYPE, OBJECT, R_64, R_PC32,
                        R_PLT32, SECTION, STRINGS, UNDEFINED, WRITE)

Function = namedtuple("Function", "name section start size code tables constants boot")
Data = namedtuple("Data", "name section size content writable")

PADDING = re.compile(r"^(data16 |cs |ds )*(nop[wl]?|xchg +%ax,%ax)\b|^int3$|^data16( cs)*( nopw.*)?$")
BRANCH = re.compile(r"^((?:bnd |notrack )*(?:j\w+|call\w*|loop\w*|xbegin)) +([0-9a-f]+)(?: <.*>)?$")
COMMENT = re.compile(r"\s+#\s+([0-9a-f]+)(?: <.*>)?$")
RIP_RELATIVE = re.compile(r"-?0x[0-9a-f]+\(%rip\)")
NUMBERED = re.compile(r"\.\d+$")
# Table sections: name's start, bytes of an entry, fields with a line number in their upper byte.
TABLES = [(".altinstructions", 14, False), (".bug_frames.3", 16, True), (".bug_frames.", 8, True), (".ex_table", 8, False)]
BOOT_SECTIONS = (".init", ".exit")
CONSTANT_BUT_WRITABLE = (".data.rel.ro", ".data.ro_after_init")


def instructions(path):
    """{section name: [(offset, text)]} of all code in the file."""
    done = subprocess.run(["objdump", "-d", "-w", "-z", "--no-show-raw-insn", path], check=True, capture_output=True,
                          text=True, errors="replace")
    result, rows = {}, None
    for line in done.stdout.splitlines():
        if line.startswith("Disassembly of section "):
            rows = result.setdefault(line[len("Disassembly of section "):-1], [])
        elif line[:1] == " " and rows is not None:
            offset, _, text = line.partition(":\t")
            rows.append((int(offset, 16), " ".join(text.split())))
    return result


class NormalForm:
    """An object file's functions ({name: Function}) and data ({name: Data}), ready to be compared with another's.

    `noise` maps texts that differ between any two builds (date, time) to what stands in for them.
    """

    def __init__(self, elf, noise=None):
        self.elf = elf
        self.noise = noise or {}
        self._code = instructions(elf.path)
        self._symbols = self._sorted_symbols()
        self._targets = self._reference_targets()
        self._busy = set()
        self._numbers = {}  # Of the function at hand: offset -> number of the instruction.
        self._described = {}
        self._tables = {}
        self._tables = self._read_tables()
        self.functions = self._read_functions()
        self.data = self._read_data()

    # What lies where.

    def _sorted_symbols(self):
        """{section index: [(start, size, name, kind)]}, a function before other symbols of the same place."""
        result = {}
        for symbol in self.elf.symbols:
            if symbol.name and 0 < symbol.section < ABSOLUTE and symbol.kind in (NOTYPE, OBJECT, FUNCTION):
                result.setdefault(symbol.section, []).append((symbol.value, symbol.size, symbol.name, symbol.kind))
        for rows in result.values():
            rows.sort(key=lambda row: (row[0], row[3] != FUNCTION, -row[1], row[2]))
        return result

    def _reference_targets(self):
        """{section index: sorted offsets that relocations point at}: where unnamed constants can end."""
        found = {}
        for rows in self.elf.relocations.values():
            for row in rows:
                if row.symbol.kind == SECTION:
                    found.setdefault(row.symbol.section, set()).add(max(row.addend, 0))
        return {section: sorted(offsets) for section, offsets in found.items()}

    def covering(self, section, offset):
        """The symbol with a size that covers offset, as (start, size, name, kind), or None."""
        rows = self._symbols.get(section, [])
        last = bisect.bisect_right(rows, offset, key=lambda row: row[0]) - 1
        best = None
        for row in reversed(rows[max(0, last - 8):last + 1]):
            if row[1] and row[0] <= offset < row[0] + row[1]:
                best = row
                if row[3] == FUNCTION or row[0] == offset:
                    break
        return best

    def ending_at(self, section, offset):
        """The variable that ends at an offset, or None."""
        rows = [row for row in self._symbols.get(section, []) if row[1] and row[0] + row[1] == offset and row[3] != FUNCTION]
        return rows[0] if rows else None

    # References.

    def place(self, symbol, offset):
        """(section index, offset) that symbol + offset is in this file, or None."""
        if symbol.section in (UNDEFINED,) or symbol.section >= ABSOLUTE:
            return None
        return symbol.section, symbol.value + offset

    def _signed(self, value):
        return f"{value:+d}" if value else ""

    def describe(self, symbol, offset):
        """What a reference to symbol + offset means, without addresses."""
        place = self.place(symbol, offset)
        if place is None:
            if symbol.section == ABSOLUTE:
                return symbol.name or f"absolute {symbol.value + offset:#x}"
            return symbol.name + self._signed(offset)
        if symbol.kind not in (SECTION, FUNCTION) and symbol.size == 0 and symbol.binding != LOCAL:
            return symbol.name + self._signed(offset)  # A label of the linker or of assembly.
        return self.describe_place(*place)

    def describe_place(self, index, offset):
        """What lies at an offset of a section: a function, a variable, or a constant by its content."""
        section = self.elf.sections[index]
        if section.flags & EXECUTABLE:
            return self._describe_code(section, offset)
        if section.flags & WRITE and not section.name.startswith(CONSTANT_BUT_WRITABLE):
            covering = self.covering(index, offset)
            if covering is None:
                return f"{section.name}{self._signed(offset)}"
            return NUMBERED.sub("", covering[2]) + self._signed(offset - covering[0])
        return self._describe_constant(section, offset)

    def _describe_code(self, section, offset):
        covering = self.covering(section.index, offset)
        if covering is not None:
            return covering[2] + self._signed(self._number(section.name, covering[0], offset))
        return f"{section.name}: {self.run_of_code(section, offset)}"

    def _number(self, section_name, start, offset):
        """How many instructions that do something lie between start and offset."""
        rows = self._code.get(section_name, [])
        first = bisect.bisect_left(rows, start, key=lambda row: row[0])
        last = bisect.bisect_left(rows, offset, key=lambda row: row[0])
        return sum(1 for row in rows[first:last] if not PADDING.match(row[1]))

    def run_of_code(self, section, offset):
        """Code outside functions (.fixup, a subsection), with its tables' entries: from offset up to the jump that leaves it."""
        rows = self._code.get(section.name, [])
        at = bisect.bisect_left(rows, offset, key=lambda row: row[0])
        if ("run", section.index, offset) in self._busy or len(self._busy) > 8:
            return "code"
        self._busy.add(("run", section.index, offset))
        texts = []
        for number in range(at, min(at + 16, len(rows))):
            end = rows[number + 1][0] if number + 1 < len(rows) else section.size
            text = self._instruction(section, rows[number], end, None)[0]
            entries = [entry for place, entry in self._tables.get(section.index, []) if place == rows[number][0]]
            texts.append(" ".join([text, *sorted(entries)]))
            if text.startswith(("jmp", "ret", "ud2")):
                break
        self._busy.discard(("run", section.index, offset))
        return " | ".join(texts)

    def _describe_constant(self, section, offset):
        known = self._described.get((section.index, offset))
        if known is not None:
            return known
        if section.flags & STRINGS:
            content = self.elf.content(section)
            end = content.find(b"\0", offset)
            result = repr(self._quiet(content[offset:end if end >= 0 else None]))
            self._described[section.index, offset] = result
            return result
        start, size = self.constant_extent(section, offset)
        if (section.index, start) in self._busy:
            return "itself"  # A constant that points at itself, directly or not.
        self._busy.add((section.index, start))
        result = "constant " + self.content_hash(section, start, size) + self._signed(offset - start)
        self._busy.discard((section.index, start))
        if not self._busy:
            self._described[section.index, offset] = result
        return result

    def constant_extent(self, section, offset):
        """(start, size) of the constant that offset lies in."""
        covering = self.covering(section.index, offset)
        if covering is not None:
            return covering[0], covering[1]
        if section.entry_size > 1:
            start = offset - offset % section.entry_size
            return start, section.entry_size
        ends = [target for target in self._targets.get(section.index, []) if target > offset][:1]
        ends += [row[0] for row in self._symbols.get(section.index, []) if row[0] > offset][:1]
        return offset, min([*ends, section.size, offset + 256]) - offset

    def _quiet(self, text):
        for volatile, stand_in in self.noise.items():
            text = text.replace(volatile, stand_in)
        return text

    def content_hash(self, section, start, size):
        """A hash of bytes and of what relocations in them refer to."""
        data = bytearray(self.elf.content(section)[start:start + size])
        parts = []
        for row in self.elf.relocations_in(section.index, start, start + size):
            width = 8 if row.type == R_64 else 4
            data[row.offset - start:row.offset - start + width] = bytes(width)
            parts.append(f"{row.offset - start}: {self.describe(row.symbol, row.addend)}")
        digest = hashlib.sha1(self._quiet(bytes(data)) + "\n".join(parts).encode())
        return f"{digest.hexdigest()[:16]} of {size} bytes"

    # Code.

    def split(self, section, row, end):
        """(text without what it refers to, [(symbol, offset)], offset in the same section or None) of one instruction.

        The assembler resolves references within a section: those have an offset and no symbol.
        """
        offset, text = row
        references = []
        for found in self.elf.relocations_in(section.index, offset, end):
            relative = end - found.offset if found.type in (R_PC32, R_PLT32) else 0
            references.append((found.symbol, found.addend + relative))
        branch, comment = BRANCH.match(text), COMMENT.search(text)
        if branch:
            return branch[1], references, None if references else int(branch[2], 16)
        if comment:
            text = text[:comment.start()]
            if not references:
                return RIP_RELATIVE.sub("(%rip)", text), [], int(comment[1], 16)
        return RIP_RELATIVE.sub("(%rip)", text) if references else text, references, None

    def _instruction(self, section, row, end, function):
        """(normal text, [places referred to]) of one instruction; function = (start, size) or None."""
        text, references, inner = self.split(section, row, end)
        meanings = [self.describe(*reference) for reference in references]
        if inner is not None:
            meanings.append(self._inner(section, inner, function))
        places = [self.place(*reference) for reference in references]
        return (f"{text} -> {', '.join(meanings)}" if meanings else text), places

    def _inner(self, section, target, function):
        """The meaning of a reference that the assembler resolved: its target lies in the same section."""
        if function is not None and function[0] <= target < function[0] + function[1]:
            return f"#{self._numbers.get(target, 'middle of an instruction')}"
        return self._describe_code(section, target)

    def rows(self, section, start, size):
        """[(row, its end)] of the instructions in [start, start + size) that are not padding."""
        rows = self._code.get(section.name, [])
        first = bisect.bisect_left(rows, start, key=lambda row: row[0])
        last = bisect.bisect_left(rows, start + size, key=lambda row: row[0])
        ends = [row[0] for row in rows[first + 1:last + 1]]
        ends += [section.size] * (last - first - len(ends))
        return [(row, end) for row, end in zip(rows[first:last], ends) if not PADDING.match(row[1])]

    def numbering(self, section, start, size):
        """{offset: number of the instruction there, or of the next one that is not padding} in [start, start + size)."""
        rows = self._code.get(section.name, [])
        first = bisect.bisect_left(rows, start, key=lambda row: row[0])
        last = bisect.bisect_left(rows, start + size, key=lambda row: row[0])
        numbers, count = {}, 0
        for offset, text in rows[first:last]:
            numbers[offset] = count
            count += not PADDING.match(text)
        return numbers

    def _body(self, section, start, size):
        """The normal code of [start, start + size), and the constants it refers to."""
        rows = self.rows(section, start, size)
        self._numbers = self.numbering(section, start, size)
        code, constants = [], set()
        for row, end in rows:
            text, places = self._instruction(section, row, end, (start, size))
            code.append(text)
            constants.update(place for place in places if place and self.is_constant(place[0]))
        return code, constants

    def is_constant(self, index):
        """Whether a section holds what nobody writes once Xen runs."""
        section = self.elf.sections[index]
        return not section.flags & (EXECUTABLE | WRITE) or section.name.startswith(CONSTANT_BUT_WRITABLE)

    def _read_functions(self):
        result = {}
        for symbol in self.elf.symbols:
            if symbol.kind != FUNCTION or not 0 < symbol.section < ABSOLUTE:
                continue
            section = self.elf.sections[symbol.section]
            code, constants = self._body(section, symbol.value, symbol.size)
            tables = self.tables_of(symbol.section, symbol.value, symbol.size)
            result[symbol.name] = Function(symbol.name, section.name, symbol.value, symbol.size, code, tables, constants,
                                           section.name.startswith(BOOT_SECTIONS))
        result.update(self._uncovered())
        return result

    def _uncovered(self):
        """Code that no function's symbol covers (assembly), one pseudo function a section."""
        result = {}
        for section in self.elf.sections:
            if not section.flags & EXECUTABLE or section.name in (".fixup", ".altinstr_replacement"):
                continue
            rows = self._code.get(section.name, [])
            code = []
            for number, row in enumerate(rows):
                covering = self.covering(section.index, row[0])
                if PADDING.match(row[1]) or (covering is not None and covering[3] == FUNCTION):
                    continue
                end = rows[number + 1][0] if number + 1 < len(rows) else section.size
                code.append(self._instruction(section, row, end, None)[0])
            if code:
                name = f"assembly in {section.name}"
                result[name] = Function(name, section.name, 0, 0, code, [], set(), section.name.startswith(BOOT_SECTIONS))
        return result

    # Tables beside the code.

    def _read_tables(self):
        """{(section index, offset of the code): [text]}: each entry's own words, by the place it is about."""
        result = {}
        for section in self.elf.sections:
            kind = next((row for row in TABLES if section.name.startswith(row[0])), None)
            if kind is None or section.type == NOBITS or not section.flags & ALLOCATED:
                continue
            for start in range(0, section.size - kind[1] + 1, kind[1]):
                place, text = self._entry(section, start, kind[1], kind[2])
                if place is not None:
                    result.setdefault(place[0], []).append((place[1], text))
        return result

    def _entry(self, section, start, size, has_lines):
        references = self.elf.relocations_in(section.index, start, start + size)
        data = bytearray(self.elf.content(section)[start:start + size])
        place, words = None, []
        for row in references:
            at = row.offset - start
            data[at:at + 4] = bytes(4)
            addend = row.addend
            if has_lines:  # The field's upper byte holds bits of the line.
                addend = ((addend & 0xFFFFFF) ^ 0x800000) - 0x800000
            if at == 0:
                place = self.place(row.symbol, addend)
            elif section.name == ".altinstructions":
                words.append(self._replacement(row.symbol, addend, data[11]))
            else:
                # An entry's field is relative to the field.
                words.append(self.describe(row.symbol, addend - (at if has_lines else 0)))
        if has_lines:
            data[3] = data[7] = 0
        return place, f"{section.name} {bytes(data).hex()} {' '.join(words)}"

    def _replacement(self, symbol, addend, length):
        place = self.place(symbol, addend)
        if place is None or not length:
            return "nothing"
        section = self.elf.sections[place[0]]
        return self.content_hash(section, place[1], length)

    def tables_of(self, index, start, size):
        """The entries about code in [start, start + size) of a section, sorted: `#INSTRUCTION: TABLE BYTES WORDS`."""
        name = self.elf.sections[index].name
        return sorted(f"#{self._number(name, start, offset)}: {text}" for offset, text in self._tables.get(index, [])
                      if start <= offset < start + size)

    # Data.

    def _read_data(self):
        result = {}
        for symbol in self.elf.symbols:
            if symbol.kind != OBJECT or not 0 < symbol.section < ABSOLUTE or not symbol.size:
                continue
            section = self.elf.sections[symbol.section]
            writable = bool(section.flags & WRITE) and not section.name.startswith(CONSTANT_BUT_WRITABLE)
            content = "zero" if section.type == NOBITS else self.content_hash(section, symbol.value, symbol.size)
            result[symbol.name] = Data(symbol.name, section.name, symbol.size, content, writable)
        return result

    def constant_bytes(self, places):
        """Bytes of the constants at these places, each once."""
        extents = set()
        for index, offset in places:
            section = self.elf.sections[index]
            if section.flags & STRINGS:
                end = self.elf.content(section).find(b"\0", offset)
                extents.add((index, offset, end + 1 - offset))
            else:
                extents.add((index, *self.constant_extent(section, offset)))
        return sum(extent[2] for extent in extents)


def is_linked(path):
    """Whether a file under a build tree is an object that the compiler made, not one put together from others."""
    name = os.path.basename(path)
    return name.endswith(".o") and name not in ("built_in.o", "prelink.o", "prelink-efi.o")
