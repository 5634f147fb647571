# SPDX-License-Identifier: Apache-2.0
"""One script of xen-livepatch commands, run on stock Xen and, through the shim, on suture-hv: both must print the same, line by
line, and end with the same exit code. Payloads lie in /payloads on both.
"""

LONG = "l" * 127


def steps():
    """The commands, in order."""
    tool = "xen-livepatch"
    upload = [f"{tool} upload {name} /payloads/{name}.livepatch" for name in "abcnrev"]
    return [
        # Nothing there.
        f"{tool} list", f"{tool}", f"{tool} help", f"{tool} nonsense", f"{tool} apply nobody", f"{tool} unload nobody",
        f"{tool} upload", f"{tool} upload x /payloads/none", f"{tool} upload x /payloads/junk",
        f"{tool} upload x /payloads/w.livepatch", f"{tool} load /payloads/w.livepatch", f"{tool} list",
        # One payload in all states, with every verb.
        upload[0], upload[0], f"{tool} list", f"{tool} revert a", f"{tool} replace nobody", f"{tool} apply a", f"{tool} apply a",
        f"{tool} unload a", f"{tool} list", f"{tool} revert a", f"{tool} revert a", f"{tool} apply a", f"{tool} list",
        # A stack of three; order; dependencies; --nodeps.
        f"{tool} load /payloads/b.livepatch", f"{tool} list", upload[2], f"{tool} apply c", f"{tool} list",
        upload[3], f"{tool} apply n", f"{tool} list", f"{tool} apply n --nodeps", f"{tool} list",
        f"{tool} apply n --nonsense", f"{tool} revert n", f"{tool} unload n", f"{tool} load /payloads/n.livepatch --nodeps",
        f"{tool} list", f"{tool} revert n", f"{tool} unload n", f"{tool} load /payloads/n.livepatch", f"{tool} list",
        # Replace; what it replaced is still there.
        upload[4], f"{tool} replace r", f"{tool} list", f"{tool} replace r", f"{tool} revert r", f"{tool} list",
        f"{tool} unload r", f"{tool} unload c", f"{tool} unload b", f"{tool} unload a", f"{tool} list",
        # Expectations that do not hold; a hook that says no; then what is left.
        upload[5], f"{tool} apply e", f"{tool} list", f"{tool} unload e", upload[6], f"{tool} apply v", f"{tool} list",
        f"{tool} unload v", f"{tool} list",
        # Names.
        f"{tool} upload {LONG} /payloads/a.livepatch", f"{tool} upload x /payloads/r.livepatch", f"{tool} list",
        f"{tool} upload {LONG}ll /payloads/b.livepatch", f"{tool} upload 'two words' /payloads/b.livepatch", f"{tool} list",
        f"{tool} apply {LONG}", f"{tool} list", f"{tool} revert {LONG}", f"{tool} unload {LONG}", f"{tool} unload x",
        f"{tool} unload 'two words'", f"{tool} list",
    ]
