# SPDX-License-Identifier: Apache-2.0
"""Payloads for Debian's Xen, from assembly: each replaces one function that returns a string.

Assembly, so that each byte that the loader looks at is chosen here: what the builder makes has tests of its own.
"""
import os
import re
import subprocess

XEN_SYMS = "/usr/lib/debug/boot/xen-syms-4.17-amd64"


def run(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout


class XenSymbols:
    """What payloads need to know of the hypervisor's ELF."""

    def __init__(self, image=XEN_SYMS):
        self.build_id = re.search(r"Build ID: ([0-9a-f]+)", run("readelf", "-n", image)).group(1)
        self.functions = self.functions_of(image)

    @staticmethod
    def functions_of(image):
        """{name: (address, size)}"""
        matches = re.finditer(r"^([0-9a-f]+) ([0-9a-f]+) [tT] (\S+)$", run("nm", "-S", image), re.MULTILINE)
        return {match.group(3): (int(match.group(1), 16), int(match.group(2), 16)) for match in matches}


def note(section, build_id):
    data = ", ".join(f"0x{build_id[at:at + 2]}" for at in range(0, len(build_id), 2))
    return f"""
.section {section}, "a", @note
.balign 4
.long 4, {len(build_id) // 2}, 3
.asciz "GNU"
.byte {data}
"""


def function_entry(function, old_size, expect):
    """An entry of .livepatch.funcs; expect: bytes that must stand at the function, or None."""
    header = (1 | len(expect) << 1) if expect else 0
    padded = (expect or b"").ljust(31, b"\0")
    return f"""
.section .livepatch.funcs, "aw"
.balign 8
.quad .Lname, {function}, 0
.long .Lend - {function}, {old_size}
.byte 2
.zero 39
.byte {header}, {", ".join(str(byte) for byte in padded)}
"""


def assemble(path, symbols, text, build_id, depends=None, xen_depends=None, function="xen_extra_version", expect=None,
             veto=None, metadata=None, extra=""):
    """Makes the payload `path`, after which `function` returns `text`; build_id is its own, in hex."""
    source = f"""
.text
.globl {function}
.type {function}, @function
{function}:
  lea .Ltext(%rip), %rax
  ret
.Lend:
.size {function}, .Lend - {function}
.section .rodata.str1.1, "aMS", @progbits, 1
.Ltext: .asciz "{text}"
.Lname: .asciz "{function}"
"""
    source += function_entry(function, symbols.functions[function][1], expect)
    source += note(".note.gnu.build-id", build_id)
    source += note(".livepatch.depends", depends or symbols.build_id)
    source += note(".livepatch.xen_depends", xen_depends or symbols.build_id)
    if veto is not None:
        source += f"""
.text
.Lveto:
  mov ${veto}, %eax
  ret
.section .livepatch.hooks.preapply, "a"
.balign 8
.quad .Lveto
"""
    if metadata:
        source += ".section .modinfo, \"a\"\n" + "".join(f'.asciz "{entry}"\n' for entry in metadata)
    source += extra + '\n.section .note.GNU-stack, "", @progbits\n'
    with open(path + ".S", "w", encoding="ascii") as file:
        file.write(source)
    subprocess.run(["clang-19", "-c", path + ".S", "-o", path], check=True)
    os.remove(path + ".S")
    return path


def with_build_id(template, old, new):
    """A copy of a payload's bytes that is another payload to Xen: its own build-id is another."""
    old_bytes = bytes.fromhex(old)
    assert template.count(old_bytes) == 1
    return template.replace(old_bytes, bytes.fromhex(new))
