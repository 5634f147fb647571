# SPDX-License-Identifier: Apache-2.0
"""The commands that dom0 runs on a stock Xen, with what each must come to.

After every command that may change something, both tools list the payloads: they must say the same.
"""
import json
import re

EXTRA = "cat /sys/hypervisor/version/extra"
# Emulated CPUs come late for reasons of the host: suture asks for more time, Xen's tool cannot and is asked again.
SLOW = "--timeout 2s"
LONG_NAME = "l" * 127


class Step:
    def __init__(self, command, code=0, says=(), states=None, extra=None):
        """says: regular expressions for the output; states: what payloads are in which state after it; extra: what
        the version hypercall says after it."""
        self.command = command
        self.code = code
        self.says = (says,) if isinstance(says, str) else says
        self.states = states
        self.extra = extra

    def commands(self):
        if self.states is None:
            return [self.command]
        return [self.command, "suture list --target xen --json", "xen-livepatch list", EXTRA]

    def check(self, test, results):
        """results: one for each of commands()."""
        result = results[0]
        shown = f"{self.command}\nexit code {result.code}\n{result.output}"
        if self.code is not None:
            test.assertEqual(result.code, self.code, shown)
        for pattern in self.says:
            test.assertRegex(result.output, pattern, shown)
        if self.states is None:
            return
        test.assertEqual(suture_states(results[1].output), self.states, shown)
        test.assertEqual(xen_livepatch_states(results[2].output), self.states, shown)
        if self.extra is not None:
            test.assertEqual(results[3].output, self.extra, shown)


def suture_states(output):
    return {payload["name"]: payload["state"] for payload in json.loads(output)["payloads"]}


def xen_livepatch_states(output):
    return dict(re.findall(r"^(\S+) *\| (CHECKED|APPLIED)", output, re.MULTILINE))


def suture(verb, *rest):
    return " ".join(["suture", verb, "--target xen", *rest])


def retried(command):
    return f"for try in 1 2 3 4 5 6 7 8; do {command} && break; done"


def steps(before):
    """before: what the version hypercall says of an unpatched Xen."""
    return [
        Step("cat /proc/xen/capabilities", says="control_d"),
        Step(suture("list"), says="no payloads", states={}, extra=before),

        # A payload changes what a hypercall returns.
        Step(suture("upload", "a", "/payloads/a.livepatch"), says=f"uploaded.*build-id {'01' * 20}",
             states={"a": "CHECKED"}, extra=before),
        Step(suture("get", "a"), says=("state +CHECKED", "metadata +purpose=test")),
        Step(suture("apply", "a", SLOW), says="a: applied", states={"a": "APPLIED"}, extra=".a"),
        Step(suture("apply", "a", SLOW), code=3, says="already applied"),
        Step(suture("unload", "a"), code=3, says="revert it first"),
        Step(suture("upload", "a", "/payloads/a.livepatch"), code=3, says="EEXIST"),

        # A stack of three, one of them by Xen's own tool.
        Step(suture("load", "/payloads/b.livepatch", SLOW), states={"a": "APPLIED", "b": "APPLIED"}, extra=".b"),
        Step(retried("xen-livepatch load /payloads/c.livepatch"), code=None,
             states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED"}, extra=".c"),
        Step(suture("revert", "a", SLOW), code=3, says="Top is c",
             states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED"}, extra=".c"),

        # Dependencies, and --nodeps.
        Step(suture("load", "/payloads/n.livepatch", SLOW), code=3, says=("build-id failed", "unloaded again"),
             states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED"}, extra=".c"),
        Step(suture("load", "/payloads/n.livepatch", "--nodeps", SLOW),
             states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED", "n": "APPLIED"}, extra=".n"),
        Step(suture("load", "/payloads/w.livepatch", "--nodeps", SLOW), code=3, says="built for another hypervisor",
             states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED", "n": "APPLIED"}, extra=".n"),
        Step(suture("revert", "n", SLOW), says="n: reverted",
             states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED", "n": "CHECKED"}, extra=".c"),
        Step(suture("unload", "n"), states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED"}, extra=".c"),

        # What Xen refuses.
        Step(suture("load", "/payloads/e.livepatch", "--nodeps", SLOW), code=3,
             says=("expectation failed", "unloaded again"),
             states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED"}, extra=".c"),
        Step(suture("load", "/payloads/v.livepatch", "--nodeps", SLOW), code=3,
             says=("pre-apply hook failed", "unloaded again"),
             states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED"}, extra=".c"),
        Step(suture("upload", "s", "/payloads/s.livepatch"), code=3, says="(?i)unknown symbol: suture_hv_only"),
        Step(suture("upload", "junk", "/start"), code=3, says="ELF"),
        Step(suture("upload", "empty", "/dev/null"), code=3, says="EINVAL|ELF"),
        Step(suture("get", "nobody"), code=3, says="no payload of this name"),
        Step(suture("apply", "nobody"), code=3, says="no payload of this name"),
        Step(suture("apply", "a", "--probation", "1s"), code=3),

        # Replace; the replaced stay loaded.
        Step(suture("upload", "r", "/payloads/r.livepatch"),
             states={"a": "APPLIED", "b": "APPLIED", "c": "APPLIED", "r": "CHECKED"}, extra=".c"),
        Step(suture("replace", "r", SLOW), says="in place of all",
             states={"a": "CHECKED", "b": "CHECKED", "c": "CHECKED", "r": "APPLIED"}, extra=".r"),
        Step(suture("unload", "--all"), states={"r": "APPLIED"}, extra=".r"),
        Step(suture("revert", "r", SLOW), states={"r": "CHECKED"}, extra=before),
        Step("xen-livepatch unload r", states={}, extra=before),

        # Expectations that hold; time-outs; names.
        Step(suture("upload", "g", "/payloads/g.livepatch"), states={"g": "CHECKED"}, extra=before),
        Step(suture("apply", "g", "--timeout 1us"), code=4, says="in time|Timed out", states={"g": "CHECKED"},
             extra=before),
        Step(suture("apply", "g", SLOW), states={"g": "APPLIED"}, extra=".g"),
        Step(suture("revert", "g", SLOW), states={"g": "CHECKED"}, extra=before),
        Step(suture("unload", "g"), states={}, extra=before),
        Step(suture("upload", LONG_NAME, "/payloads/a.livepatch"), states={LONG_NAME: "CHECKED"}, extra=before),
        Step(suture("upload", "x", "/payloads/r.livepatch"), states={LONG_NAME: "CHECKED", "x": "CHECKED"}),
        Step(suture("upload", LONG_NAME + "l", "/payloads/g.livepatch"), code=2, says="127"),
        Step(suture("unload", LONG_NAME, "x"), states={}, extra=before),
        Step(suture("upload", "u", "/payloads/u.livepatch"), states={"u": "CHECKED"}),
        Step(suture("unload", "u"), code=3, says="must stay loaded", states={"u": "CHECKED"}),
        Step("xen-livepatch unload u", states={}, extra=before),

        # Without privileges.
        Step("su -s /bin/sh nobody -c '/bin/suture list --target xen'", code=1, says="as root"),
    ]
