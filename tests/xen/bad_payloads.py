# SPDX-License-Identifier: Apache-2.0
"""Payloads with one thing wrong each, in the order in which a loader sees it.

Each case has the number of the check in docs/payload-format.md, what is wrong, and the change. What both loaders answer is
compared; where they are meant to differ, the case says what each answers.
"""
import errno

# What a good payload has besides the function that it replaces.
MORE = """
.section .livepatch.hooks.load, "a"
.balign 8
.quad .Lnothing
.section .livepatch.hooks.preapply, "a"
.balign 8
.quad .Lnothing
.section .modinfo, "a"
.asciz "a=b"
.section .bss, "aw", @nobits
.zero 8
.section .note.test, "", @progbits
.byte 1
.text
.Lnothing:
  xor %eax, %eax
  ret
.globl suture_new
.type suture_new, @function
suture_new:
  ret
.size suture_new, . - suture_new
"""

PROGBITS, REL = 1, 9
ALLOC, WRITE, EXEC = 2, 1, 4
FUNCS = ".livepatch.funcs"
RELA = ".rela" + FUNCS


class Case:
    """number: of the check; change: what is done to the good file; differs: (what Xen 4.17 answers, what Suture does), as
    positive errno values; extra: assembly that the payload has besides."""

    def __init__(self, number, what, change=None, differs=None, extra=""):
        self.number, self.what, self.change, self.differs, self.extra = number, what, change, differs, extra


def header(**fields):
    return lambda elf: elf.header(**fields)


def ident(index, value):
    return lambda elf: elf.ident(index, value)


def section(which, **fields):
    return lambda elf: elf.section(which, **fields)


def of_table(**fields):
    return lambda elf: elf.section(elf.symbol_table(), **fields)


def of_names(**fields):
    return lambda elf: elf.section(elf.section_at(elf.symbol_table())["link"], **fields)


def of_section_names(**fields):
    return lambda elf: elf.section(elf.first["shstrndx"], **fields)


def in_names(offset):
    return lambda elf: elf.put(elf.section_at(elf.symbol_table())["link"], offset, b"x")


def in_section_names(offset):
    return lambda elf: elf.put(elf.first["shstrndx"], offset, b"x")


def put(which, offset, data):
    return lambda elf: elf.put(which, offset, data)


def renamed(which):
    return lambda elf: elf.rename(which)


def symbol(which, **fields):
    return lambda elf: elf.symbol(which, **fields)


def relocation(which, number, **fields):
    return lambda elf: elf.relocation(which, number, **fields)


def no_code(new_size, old_size):
    """A NOP patch: the address of the new code stays 0."""
    def change(elf):
        elf.relocation(RELA, 1, kind=0)
        elf.put(FUNCS, 24, new_size.to_bytes(4, "little") + old_size.to_bytes(4, "little"))
    return change


def cases(function, existing):
    """function: the name of what the good payload replaces; existing: of another function of the hypervisor."""
    def unloaded(elf):
        elf.symbol("suture_new", shndx=elf.index_of(".note.test"))
        elf.relocation(".rela.text", 0, symbol=elf.symbol_named("suture_new"))

    return [
        Case(7, "shorter than an ELF header", lambda elf: elf.data.__delitem__(slice(63, None))),
        Case(7, "no ELF magic", ident(0, 0x7e)),
        Case(8, "e_version", header(version=2)),
        Case(8, "EI_VERSION", ident(6, 0)),
        Case(8, "EI_ABIVERSION", ident(8, 1)),
        Case(8, "EI_OSABI", ident(7, 3)),
        Case(8, "EI_OSABI of FreeBSD is fine, what comes later is not", lambda elf: (elf.ident(7, 9), elf.header(phnum=1))),
        Case(8, "e_type", header(type=3)),
        Case(8, "e_phnum", header(phnum=1)),
        Case(9, "e_machine", header(machine=183)),
        Case(9, "EI_CLASS", ident(4, 1)),
        Case(9, "EI_DATA", ident(5, 2)),
        Case(10, "e_shstrndx 0", header(shstrndx=0)),
        Case(11, "1,024 sections", header(shnum=1024)),
        Case(12, "e_shstrndx past the sections", header(shstrndx=1000)),
        Case(12, "e_shoff past the file", header(shoff=1 << 40)),
        Case(12, "e_shentsize", header(shentsize=63)),
        Case(12, "section table past the file", header(shnum=1023)),
        Case(14, "section in the ELF header", section(".text", offset=63)),
        Case(14, "section past the file", section(".text", offset=1 << 32)),
        Case(14, "section's size past the file", section(".text", size=1 << 32)),
        Case(15, "alignment 3", section(".text", addralign=3)),
        Case(16, "address not aligned", section(".text", addralign=4, addr=2)),
        Case(17, "NOBITS of more than 2 MiB", section(".bss", size=(2 << 20) + 1)),
        Case(18, "second symbol table", section(".note.test", type=2)),
        Case(19, "no symbol table", of_table(type=PROGBITS)),
        Case(19, "symbol table's sh_link", of_table(link=500)),
        Case(19, "symbol table empty", of_table(size=0)),
        Case(19, "symbol entries too small", of_table(entsize=23)),
        Case(19, "symbol table no multiple", of_table(entsize=25)),
        Case(20, "symbol names of another type", of_names(type=PROGBITS)),
        Case(20, "symbol names empty", of_names(size=0)),
        Case(20, "symbol names start", in_names(0)),
        Case(20, "symbol names end", in_names(-1)),
        Case(20, "section names of another type", of_section_names(type=PROGBITS)),
        Case(20, "section names empty", of_section_names(size=0)),
        Case(20, "section names start", in_section_names(0)),
        Case(20, "section names end", in_section_names(-1)),
        Case(21, "section name past the table", section(".text", name=0xffffff)),
        Case(21, "symbol name past the table", symbol("suture_new", name=0xffffff)),
        Case(22, "no .livepatch.xen_depends", renamed(".livepatch.xen_depends")),
        Case(22, "for another hypervisor", put(".livepatch.xen_depends", 20, b"\xee\xee")),
        Case(22, ".livepatch.xen_depends of another type", put(".livepatch.xen_depends", 8, b"\x04")),
        Case(24, "writable and executable", section(".text", flags=ALLOC | WRITE | EXEC)),
        Case(26, "common symbol", symbol("suture_new", shndx=0xfff2)),
        Case(27, "undefined symbol", symbol("suture_new", shndx=0)),
        Case(28, "reserved section index", symbol("suture_new", shndx=0xff00)),
        Case(29, "symbol's section past the sections", symbol("suture_new", shndx=900)),
        Case(30, "relocations of another symbol table", section(RELA, link=1)),
        Case(30, "relocation entries too small", section(RELA, entsize=23)),
        Case(30, "relocations no multiple", section(RELA, size=50)),
        Case(31, "SHT_REL", section(RELA, type=REL, entsize=16, size=48)),
        Case(32, "relocation without a symbol", relocation(RELA, 0, symbol=0)),
        Case(33, "relocation's symbol past the table", relocation(RELA, 0, symbol=9999)),
        Case(33, "relocation to a symbol that is not loaded", unloaded),
        Case(34, "R_X86_64_32", relocation(RELA, 0, kind=10)),
        Case(34, "R_X86_64_32S", relocation(RELA, 0, kind=11)),
        Case(34, "R_X86_64_PC64", relocation(RELA, 0, kind=24)),
        Case(34, "R_X86_64_REX_GOTPCRELX", relocation(RELA, 0, kind=42)),
        Case(35, "relocation past the section", relocation(RELA, 0, offset=5000)),
        Case(35, "relocation across the section's end", relocation(RELA, 0, offset=100)),
        Case(36, "PC32 that does not fit", relocation(".rela.text", 0, kind=2, symbol=1, addend=1 << 33)),
        Case(37, "no .livepatch.depends", renamed(".livepatch.depends")),
        Case(37, "no build-id", renamed(".note.gnu.build-id")),
        Case(37, ".livepatch.depends empty", section(".livepatch.depends", size=0)),
        Case(38, "function table empty", lambda elf: (elf.section(FUNCS, size=0), elf.section(RELA, size=0))),
        Case(38, "hooks empty", lambda elf: (elf.section(".livepatch.hooks.load", size=0),
                                              elf.section(".rela.livepatch.hooks.load", size=0))),
        Case(39, "function table no multiple", section(FUNCS, size=103)),
        Case(40, "function's version", put(FUNCS, 32, b"\x01")),
        Case(41, "old_size 0", put(FUNCS, 28, bytes(4))),
        Case(42, "unknown function", put(".rodata.str1.1", -len(function) - 1, b"~")),
        Case(43, "NOP patch of 32 bytes", no_code(32, 64)),
        Case(44, "NOP patch longer than the function", no_code(8, 7)),
        Case(44, "function of 4 bytes", put(FUNCS, 28, b"\x04\0\0\0")),
        Case(46, "load hooks no multiple", section(".livepatch.hooks.load", size=7)),
        Case(46, "two pre-apply hooks", section(".livepatch.hooks.preapply", size=16)),
        Case(47, "build-id note too short", section(".note.gnu.build-id", size=12)),
        Case(47, "build-id note's owner too short", put(".note.gnu.build-id", 0, b"\x03")),
        Case(47, "build-id note past its section", put(".note.gnu.build-id", 4, b"\xff")),
        Case(48, "build-id note of another type", put(".note.gnu.build-id", 8, b"\x04"), (errno.EINVAL, errno.ENODATA)),
        Case(48, "build-id note of another owner", put(".note.gnu.build-id", 12, b"X"), (errno.EINVAL, errno.ENODATA)),
        Case(48, ".livepatch.depends of another type", put(".livepatch.depends", 8, b"\x04"),
             (errno.EINVAL, errno.ENODATA)),
        Case(50, "exception table no multiple", extra='.section .ex_table, "a"\n.zero 7\n'),
        Case(50, "alternatives no multiple", extra='.section .altinstructions, "a"\n.zero 13\n'),
        Case(51, "alternatives without replacements", extra='.section .altinstructions, "a"\n.zero 14\n'),
        Case(55, "metadata not terminated", put(".modinfo", -1, b"x")),
        Case(57, "new symbol that the hypervisor has",
             extra=f".text\n.globl {existing}\n.type {existing}, @function\n{existing}:\n  ret\n.size {existing}, 1\n"),
    ]
