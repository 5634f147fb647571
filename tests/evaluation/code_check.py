# SPDX-License-Identifier: Apache-2.0
"""The code in a payload, instruction by instruction, against the same function in the fix's own build.

The payload was compiled function by function from the base tree and the diff; the fix's build is a plain one. Both must
come to the same instructions, and each reference must mean the same: a function or variable of that name, or a constant
of that content. What the payload binds by address must be at that address in the running hypervisor.
"""
import re

from compare_builds import differs_only_in_lines, owner
from elf_object import ABSOLUTE, EXECUTABLE, ElfObject, R_64, STRINGS, UNDEFINED, addresses_by_unit
from normal_form import NUMBERED, NormalForm

OUT_OF_LINE = re.compile(r"ud2|jmp|mov|xor|call|lea|or\b")
LEAVES = ("jmp", "ret", "ud2")
CLONE = re.compile(r"\.(isra|constprop|part|cold)(\.\d+)?")


def plain(name):
    """A name without its unit and without the compiler's number for static locals."""
    name = name.rsplit("#", 1)[-1]
    return name if CLONE.search(name) else NUMBERED.sub("", name)


def brief(entry):
    """A table's entry without what only whole objects can tell: of alternatives all, of others the place and the bytes."""
    return entry if ".altinstructions" in entry else " ".join(entry.split(" ")[:3])


class CodeCheck:
    """Compares functions of one payload; faults are sentences."""

    def __init__(self, payload, image_path, comparison, line_map):
        self.payload = NormalForm(payload)
        self.comparison, self.line_map = comparison, line_map
        image = ElfObject(image_path)
        self.local, self.exported = addresses_by_unit(image)
        self.names_at = {}
        for symbol in image.symbols:
            if symbol.section != UNDEFINED and symbol.name:
                self.names_at.setdefault(symbol.value, set()).add(plain(symbol.name))
        self.faults, self.compared = [], 0
        self._main = None  # Of the function at hand: numbers of the payload's instructions, the other section, its numbers.
        self._runs = set()  # Pairs of out-of-line runs that were compared.

    def function(self, entry):
        """Compares what replaces one function with the function in the fix's build."""
        name = entry.name.rsplit("#", 1)[-1]
        found = [(unit, form) for unit, form in self.comparison.fixed_units.items()
                 if name in form.functions and ("#" not in entry.name or unit == entry.name.rsplit("#", 1)[0])]
        if len(found) != 1:
            return
        unit, form = found[0]
        fixed = form.functions[name]
        section = form.elf.named(fixed.section)
        ours = self.payload.elf.sections[entry.new_section]
        one = self.payload.rows(ours, entry.new_offset, entry.new_size)
        other = form.rows(section, fixed.start, fixed.size)
        self.compared += 1
        one, behind = one[:len(other)], one[len(other):]  # A payload may count out-of-line code to the function.
        if len(one) != len(other) or any(not OUT_OF_LINE.match(row[1]) for row, _ in behind):
            self.faults.append(f"code of {entry.name}: {len(one)} instructions, {len(other)} in the fix's build")
            return
        size = behind[0][0][0] - entry.new_offset if behind else entry.new_size
        tables = [sorted(map(brief, rows)) for rows in (self.payload.tables_of(entry.new_section, entry.new_offset, size),
                                                        fixed.tables)]
        if tables[0] != tables[1]:
            self.faults.append(f"tables of {entry.name}: {tables[0]}, in the fix's build {tables[1]}")
        numbers = [self.payload.numbering(ours, entry.new_offset, size), form.numbering(section, fixed.start, fixed.size)]
        self._main, self._runs = (numbers[0], section, numbers[1]), set()
        for (row, end), (their_row, their_end) in zip(one, other):
            reason = self._instruction((ours, row, end, numbers[0]), (form, section, their_row, their_end, numbers[1]))
            if reason:
                self.faults.append(f"code of {entry.name} at {row[0] - entry.new_offset:#x}: {reason}")
                return

    def _instruction(self, mine, theirs):
        section, row, end, numbers = mine
        form, their_section, their_row, their_end, their_numbers = theirs
        text, references, inner = self.payload.split(section, row, end)
        their_text, their_references, their_inner = form.split(their_section, their_row, their_end)
        if text != their_text and differs_only_in_lines(text, their_text, self.line_map) is None:
            return f"{text}, in the fix's build {their_text}"
        ours = [self._mine(*reference) for reference in references]
        if inner is not None:
            ours.append(self._inner(self.payload, section, inner, numbers))
        expected = list(their_references)
        if their_inner is not None:
            expected.append(their_inner if their_inner in their_numbers else (their_section, their_inner))
        if len(ours) != len(expected):
            return f"{text} with {len(ours)} references, {len(expected)} in the fix's build"
        for one, other in zip(ours, expected):
            reason = self._reference(one, other, form, their_numbers)
            if reason:
                return f"{text}: {reason}"
        return None

    def _inner(self, form, section, target, numbers):
        """Of a reference that needed no relocation: the instruction's number, or what function it is in."""
        if target in numbers:
            return "number", numbers[target]
        covering = form.covering(section.index, target)
        if covering and target < covering[0] + covering[1] and covering[0] + covering[1] > max(numbers) >= covering[0]:
            return "place", section.index, target  # Out-of-line code of this very function.
        return ("name", plain(covering[2]), target - covering[0]) if covering else ("place", section.index, target)

    def _mine(self, symbol, offset):
        """What the payload refers to: ("name", name, offset) or ("place", section, offset)."""
        if symbol.section == UNDEFINED:
            unit, _, name = symbol.name.rpartition("#")
            if (unit, name) not in self.local and name not in self.exported:
                self.faults.append(f"the hypervisor has no {symbol.name}")
            return "name", plain(symbol.name), offset
        if symbol.section == ABSOLUTE:
            if plain(symbol.name) not in self.names_at.get(symbol.value, set()):
                self.faults.append(f"{symbol.name} is not at {symbol.value:#x}")
            return "name", plain(symbol.name), offset
        place = (symbol.section, symbol.value + offset)
        covering = self.payload.covering(*place)
        if covering:
            return "name", plain(covering[2]), place[1] - covering[0]
        return "place", *place

    def _reference(self, mine, theirs, form, their_numbers):
        """Why two references do not mean the same, or None."""
        if isinstance(theirs, int):
            return None if mine == ("number", their_numbers[theirs]) else f"jumps to {mine}, not {their_numbers[theirs]}"
        if hasattr(theirs[0], "flags"):
            place = theirs[0].index, theirs[1]
        else:
            place = form.place(*theirs)
            if place is None:
                return self._same_name(mine, theirs[0].name, theirs[1])
        covering = form.covering(*place)
        if mine[0] == "name":
            covering = covering or form.ending_at(*place)  # The end of a loop over an array.
            return self._same_name(mine, covering[2] if covering else form.describe_place(*place),
                                   place[1] - covering[0] if covering else 0)
        if mine[0] == "number":
            _, main, numbers = self._main
            if place[0] == main.index and numbers.get(place[1]) == mine[1]:
                return None  # Out-of-line code goes back.
            return f"jumps inside, not to {form.describe_place(*place)}"
        return self._same_content(mine, form, place)

    def _same_name(self, mine, name, offset):
        if mine[0] == "name" and mine[1] == plain(owner(name) if mine[1] == owner(name) else name) and mine[2] == offset:
            return None
        return f"refers to {mine[1:]}, not to {name}{offset:+d}"

    def _same_run(self, mine, form, place):
        """Out-of-line code (a `.cold` part, an UNLIKELY_START of Xen), up to the jump that leaves it."""
        if (mine, place) in self._runs:
            return None
        self._runs.add((mine, place))
        ours, theirs = self.payload.elf.sections[mine[1]], form.elf.sections[place[0]]
        numbers, main, main_numbers = self._main
        their_numbers = main_numbers if theirs.index == main.index else {}
        for (row, end), (their_row, their_end) in zip(self.payload.rows(ours, mine[2], ours.size - mine[2]),
                                                      form.rows(theirs, place[1], theirs.size - place[1])):
            reason = self._instruction((ours, row, end, numbers), (form, theirs, their_row, their_end, their_numbers))
            tables = [sorted(map(brief, elf.tables_of(index, at, until - at)))
                      for elf, index, at, until in ((self.payload, ours.index, row[0], end), (form, theirs.index, their_row[0], their_end))]
            if reason or tables[0] != tables[1]:
                return f"out of line at {row[0]:#x}: {reason or f'tables {tables[0]}, {tables[1]}'}"
            if row[1].startswith(LEAVES):
                return None
        return "out-of-line code has no end"

    def _same_content(self, mine, form, place):
        section = form.elf.sections[place[0]]
        if section.flags & EXECUTABLE:
            return self._same_run(mine, form, place)
        if not form.is_constant(place[0]):
            return f"refers to a copy of {form.describe_place(*place)}"
        theirs = form.elf.content(section)
        if section.flags & STRINGS:
            start, size = place[1], theirs.find(b"\0", place[1]) + 1 - place[1]
        else:
            start, size = form.constant_extent(section, place[1])
        own_section = self.payload.elf.sections[mine[1]]
        own_start = mine[2] - (place[1] - start)
        own = bytearray(self.payload.elf.content(own_section)[own_start:own_start + size])
        theirs = bytearray(theirs[start:start + size])
        for data, elf, index, at in ((own, self.payload.elf, mine[1], own_start), (theirs, form.elf, place[0], start)):
            for row in elf.relocations_in(index, at, at + size):
                width = 8 if row.type == R_64 else 4
                data[row.offset - at:row.offset - at + width] = bytes(width)
        return None if own == theirs else f"constant {bytes(own[:32])!r}, {bytes(theirs[:32])!r} in the fix's build"


def check_code(entries, payload, image_path, comparison, line_map):
    """(faults, number of functions compared)."""
    check = CodeCheck(payload, image_path, comparison, line_map)
    for entry in entries:
        check.function(entry)
    return check.faults, check.compared
