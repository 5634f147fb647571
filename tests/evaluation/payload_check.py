# SPDX-License-Identifier: Apache-2.0
"""What a payload file really replaces, read from the file itself, held against the plain full comparison of two builds."""
import struct
from collections import namedtuple

from compare_builds import owner
from elf_object import ALLOCATED, ElfObject, NOBITS, WRITE, addresses_by_unit, text_at

Replaced = namedtuple("Replaced", "name address old_size new_section new_offset new_size")
ENTRY = 104  # sizeof(struct livepatch_func)
NOT_COUNTED = (".livepatch.", ".note.", ".modinfo", ".altinstructions", ".bug_frames.", ".ex_table")


def replaced_functions(payload):
    """The entries of .livepatch.funcs, as [Replaced]."""
    section = payload.named(".livepatch.funcs")
    if section is None:
        return []
    data, result = payload.content(section), []
    for start in range(0, len(data), ENTRY):
        address, new_size, old_size = struct.unpack_from("<QII", data, start + 16)
        pointers = {row.offset - start: row for row in payload.relocations_in(section.index, start, start + ENTRY)}
        name = pointers[0]
        text = text_at(payload.content(payload.sections[name.symbol.section]), name.symbol.value + name.addend)
        new = pointers.get(8)
        place = (new.symbol.section, new.symbol.value + new.addend) if new else (0, 0)
        result.append(Replaced(text, address, old_size, *place, new_size))
    return result


def allocated_bytes(payload):
    """Bytes of code and constants that the payload takes in the hypervisor; tables and notes aside."""
    return sum(section.size for section in payload.sections
               if section.flags & ALLOCATED and not section.flags & WRITE and section.type != NOBITS
               and not section.name.startswith(NOT_COUNTED))


class Image:
    """Where the linked image that runs has its functions."""

    def __init__(self, path):
        self._local, self._exported = addresses_by_unit(ElfObject(path))

    def address(self, unit, name):
        """Of a function; None if the image has none of that name (a member of a library that nobody needs)."""
        return self._local.get((unit, name), self._exported.get(name))


def needed(comparison, image):
    """{(unit, function): what differs}: what a payload has to replace. Boot code is gone by then; assembly is another matter."""
    result = {}
    for row in comparison.changed:
        if not row.base.boot and not row.name.startswith("assembly in "):
            name = owner(row.name)
            if image.address(row.unit, name) is not None:
                result.setdefault((row.unit, name), row.what)
    return result


def wanted_bytes(comparison):
    """Bytes of code and constants of all functions that changed or are new, with their cold halves, as the fix's build has them."""
    names = {(row.unit, owner(row.name)) for row in comparison.changed + comparison.new if row.fixed is not None and not row.fixed.boot}
    parts = [(unit, part) for unit, form in comparison.fixed_units.items() for part in form.functions.values()
             if (unit, owner(part.name)) in names and not part.boot]
    places = {}
    for unit, part in parts:
        places.setdefault(unit, set()).update(part.constants)
    constants = sum(comparison.fixed_units[unit].constant_bytes(found) for unit, found in places.items())
    return sum(part.size for _, part in parts) + constants


def check_set(payload, image, comparison, report):
    """{"missing": [...], "extra": [...], ...}: replaced functions against those that changed."""
    by_address = {image.address(unit, name): f"{unit}#{name}: {what}" for (unit, name), what in needed(comparison, image).items()}
    replaced = {entry.address or image.address(*(entry.name.split("#", 1) if "#" in entry.name else ("", entry.name))): entry
                for entry in replaced_functions(payload)}
    reasons = {row["address"]: f"{row['why']}: {row['detail']}" for row in report.get("functions", [])}
    extra = [{"function": entry.name, "why": reasons.get(f"{address:#x}", "")}
             for address, entry in replaced.items() if address not in by_address]
    return {"replaced": len(replaced), "changed": len(by_address),
            "missing": sorted(what for address, what in by_address.items() if address not in replaced), "extra": extra,
            "allocatedBytes": allocated_bytes(payload), "wantedBytes": wanted_bytes(comparison)}
