# SPDX-License-Identifier: Apache-2.0
"""The plain full comparison: every function of every object of two builds, the base and the fix.

What differs is what a payload has to replace. Only line numbers are excused: an immediate operand that was an unchanged
line's number in the base and is the same line's in the fix (the diff says which lines moved).
"""
import os
import re
import subprocess
from collections import namedtuple

from elf_object import ElfObject, UNDEFINED
from normal_form import NormalForm, is_linked

# base, fixed: Function or None where one build has none. lines: how many line numbers were excused.
FunctionDifference = namedtuple("FunctionDifference", "unit name base fixed lines what")
DataDifference = namedtuple("DataDifference", "unit name base fixed")

IMMEDIATE = re.compile(r"\$0x([0-9a-f]+)")
COLD = re.compile(r"\.cold(\.\d+)?$")


class Comparison:
    """The result: functions that changed, are new or are gone, and data likewise. Sorted by unit and name."""

    def __init__(self):
        self.changed, self.new, self.gone, self.line_noise, self.data = [], [], [], [], []
        self.fixed_units = {}  # unit -> NormalForm of the fix's object
        self.units = []  # compared because the objects' bytes differ


def is_elf64(path):
    """Whether it is one: Xen's 32-bit boot code is not, and is gone once Xen runs."""
    with open(path, "rb") as file:
        return file.read(5) == b"\x7fELF\x02"


def objects_of(tree):
    """Paths of the objects below tree, relative to it; of x.o and x.init.o only the latter (x.o is its raw material)."""
    result = set()
    for folder, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if name not in (".git", "tools")]
        for name in files:
            if is_linked(name) and is_elf64(os.path.join(folder, name)):
                result.add(os.path.relpath(os.path.join(folder, name), tree))
    return {path for path in result if path[:-2] + ".init.o" not in result}


def same_bytes(first, second):
    """Whether two files hold the same bytes; hard links are not read."""
    if not (os.path.exists(first) and os.path.exists(second)):
        return False
    if os.path.samefile(first, second):
        return True
    with open(first, "rb") as one, open(second, "rb") as other:
        return one.read() == other.read()


def build_noise(base, fixed):
    """Texts that any two builds differ in, of the headers that name the moment of the build: {text: stand-in}."""
    noise = {}
    for tree in (base, fixed):
        for folder in ("include/xen", "xen/include/xen", "include/generated"):
            path = os.path.join(tree, folder, "compile.h")
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    for name, text in re.findall(r'#define\s+(\w+)\s+"([^"]+)"', file.read()):
                        if len(text) > 4:
                            noise[text.encode()] = f"<{name}>".encode()
    return noise


def differs_only_in_lines(first, second, line_map):
    """How many immediates two normal instructions differ in, all of them line numbers; None if in anything else."""
    if IMMEDIATE.sub("$", first) != IMMEDIATE.sub("$", second):
        return None
    pairs = [(int(one, 16), int(other, 16)) for one, other in zip(IMMEDIATE.findall(first), IMMEDIATE.findall(second))
             if one != other]
    return len(pairs) if all(line_map.moved(*pair) for pair in pairs) else None


def compare_functions(base, fixed, line_map):
    """(what differs or "", number of line numbers excused)."""
    if base.boot != fixed.boot:
        return f"moved from {base.section} to {fixed.section}", 0
    lines = 0
    for number, (first, second) in enumerate(zip(base.code, fixed.code)):
        if first == second:
            continue
        excused = differs_only_in_lines(first, second, line_map)
        if excused is None:
            return f"instruction {number}: {first}  =>  {second}", lines
        lines += excused
    if len(base.code) != len(fixed.code):
        return f"{len(base.code)} instructions  =>  {len(fixed.code)}", lines
    if base.tables != fixed.tables:
        gone = [text for text in base.tables if text not in fixed.tables]
        new = [text for text in fixed.tables if text not in base.tables]
        return f"tables: {gone[:1]}  =>  {new[:1]}", lines
    return "", lines


def compare_unit(unit, base, fixed, line_map, result):
    """Adds what differs between two normal forms of one unit."""
    for name in sorted(base.functions.keys() | fixed.functions.keys()):
        first, second = base.functions.get(name), fixed.functions.get(name)
        if first is None:
            result.new.append(FunctionDifference(unit, name, None, second, 0, "new"))
        elif second is None:
            result.gone.append(FunctionDifference(unit, name, first, None, 0, "gone"))
        else:
            what, lines = compare_functions(first, second, line_map)
            if what:
                result.changed.append(FunctionDifference(unit, name, first, second, lines, what))
            elif lines:
                result.line_noise.append(FunctionDifference(unit, name, first, second, lines, "line numbers"))
    for name in sorted(base.data.keys() | fixed.data.keys()):
        first, second = base.data.get(name), fixed.data.get(name)
        if first is None or second is None or first[1:] != second[1:]:
            result.data.append(DataDifference(unit, name, first, second))


def unit_name(elf, path):
    """The name by which the linked image knows the unit, else its path."""
    names = elf.file_names()
    return names[0] if names else path


def referring(tree, paths, names, line_map, result):
    """Functions of units that did not change themselves but refer to constants of others that did."""
    for path in sorted(paths):
        elf = ElfObject(os.path.join(tree, path))
        if not any(symbol.section == UNDEFINED and symbol.name in names for symbol in elf.symbols):
            continue
        form = NormalForm(elf)
        pattern = re.compile(r"-> .*\b(" + "|".join(map(re.escape, names)) + r")\b")
        for function in form.functions.values():
            users = [text for text in function.code if pattern.search(text)]
            if users:
                result.changed.append(FunctionDifference(unit_name(elf, path), function.name, function, function, 0,
                                                         f"refers to a constant that changed: {users[0]}"))


def compare(base_tree, fixed_tree, line_map):
    """Compares all objects of two built trees."""
    result = Comparison()
    noise = build_noise(base_tree, fixed_tree)
    base_paths, fixed_paths = objects_of(base_tree), objects_of(fixed_tree)
    same, exported_constants = [], set()
    for path in sorted(base_paths | fixed_paths):
        first, second = os.path.join(base_tree, path), os.path.join(fixed_tree, path)
        if same_bytes(first, second):
            same.append(path)
            continue
        forms = [NormalForm(ElfObject(file), noise) if os.path.exists(file) else None for file in (first, second)]
        unit = unit_name((forms[0] or forms[1]).elf, path)
        result.units.append(unit)
        if forms[0] is None or forms[1] is None:
            whole = forms[0] or forms[1]
            rows = [FunctionDifference(unit, name, None, function, 0, "new unit") for name, function in whole.functions.items()]
            (result.new if forms[0] is None else result.gone).extend(rows)
            continue
        result.fixed_units[unit] = forms[1]
        before = len(result.data)
        compare_unit(unit, forms[0], forms[1], line_map, result)
        exported = {symbol.name for symbol in forms[1].elf.symbols if symbol.binding}
        exported_constants |= {row.name for row in result.data[before:]
                               if row.name in exported and row.base and row.fixed and not row.fixed.writable}
    if exported_constants:
        referring(base_tree, same, exported_constants, line_map, result)
    return result


def owner(name):
    """The function that a part of it (its cold half) belongs to."""
    return COLD.sub("", name)


def tools_present():
    """objdump is all that is needed beside Python."""
    return subprocess.run(["objdump", "--version"], capture_output=True, check=False).returncode == 0
