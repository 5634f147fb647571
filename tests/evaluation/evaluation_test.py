# SPDX-License-Identifier: Apache-2.0
"""The evaluation program itself, on a small target: it passes what is right, and finds what is wrong."""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import evaluate
import live_check
import small_tree
from line_map import LineMap

SUTURE = os.environ["SUTURE"]
XEN = "/boot/xen-4.17-amd64.gz"
XEN_SYMS = "/usr/lib/debug/boot/xen-syms-4.17-amd64"
FIXED_CHECK = small_tree.edited("request->size > request->limit", "request->size >= request->limit")
REPLACEMENT = """#include <suture/payload.h>
SUTURE_FUNCTION const char *anotherVersion(void) { return "-evaluated"; }
SUTURE_REPLACE("xen_extra_version", anotherVersion);
"""


class Evaluation(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        self.base = self.tree("base", small_tree.SOURCES)

    def tree(self, name, sources):
        path = os.path.join(self.folder, name)
        small_tree.write(path, sources)
        small_tree.build(path)
        return path

    def evaluate(self, fixed, stated, *options, expect=0):
        """Evaluates one fix whose build has the sources `fixed`, and whose diff says `stated`."""
        patch = os.path.join(self.folder, "fix.diff")
        with open(patch, "w", encoding="ascii") as file:
            file.write(small_tree.diff(small_tree.SOURCES, stated))
        results, table = os.path.join(self.folder, "results.json"), os.path.join(self.folder, "table.md")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = evaluate.main(["--suture", SUTURE, "--image", small_tree.IMAGE, "--keep", self.folder, "--json", results,
                                  "--table", table, *options, self.base, self.tree("fixed", fixed), patch])
        self.assertEqual(code, expect, printed.getvalue())
        with open(results, encoding="utf-8") as file:
            rows = json.load(file)
        with open(table, encoding="utf-8") as file:
            self.assertEqual(len(file.read().splitlines()), 3)
        self.assertEqual(len(rows), 1)
        return rows[0]

    def test_a_right_payload_has_no_fault(self):
        result = self.evaluate(FIXED_CHECK, FIXED_CHECK)
        self.assertEqual((result["outcome"], result["faults"]), ("payload", []))
        self.assertEqual((result["set"]["changed"], result["set"]["replaced"], result["set"]["compared"]), (1, 1, 1))
        self.assertEqual((result["set"]["missing"], result["set"]["extra"]), ([], []))
        self.assertGreater(result["peakBytes"], 1 << 20)
        self.assertGreater(result["seconds"], 0.01)
        self.assertGreater(result["set"]["wantedBytes"], 10)

    def test_the_tree_may_stand_elsewhere_than_where_it_was_built(self):
        place = os.path.join(self.folder, "place")
        os.mkdir(place)
        result = self.evaluate(FIXED_CHECK, FIXED_CHECK, "--built-at", place)
        self.assertEqual((result["outcome"], result["faults"]), ("payload", []))
        self.assertEqual(os.listdir(place), [], "the mount is seen outside")

    def test_the_end_of_an_array_is_known_for_what_it_is(self):
        other = small_tree.edited("unit * 7", "unit * 11", "log.c")
        result = self.evaluate(other, other)
        self.assertEqual((result["outcome"], result["faults"]), ("payload", []))

    def test_line_numbers_are_no_change(self):
        moved = small_tree.edited("static int calls;", "\n\n\nstatic int calls;")
        result = self.evaluate(moved, moved)
        self.assertEqual((result["outcome"], result["faults"]), ("nothing", []))
        self.assertEqual(result["differences"]["lineNumbersOnly"], 1)

    def test_a_layout_change_is_a_refusal(self):
        wider = small_tree.edited("unsigned long limit;", "unsigned long limit, unit;", "log.h")
        result = self.evaluate(wider, wider)
        self.assertEqual((result["outcome"], result["faults"]), ("refused", []))

    def test_a_function_that_the_payload_misses_is_found(self):
        more = {**FIXED_CHECK, "log.c": small_tree.SOURCES["log.c"].replace('""', '"none"')}
        faults = self.evaluate(more, FIXED_CHECK, expect=1)["faults"]
        self.assertEqual(len(faults), 1)
        self.assertIn("missing log.c#lastReport", faults[0])

    def test_a_changed_function_under_nothing_to_patch_is_found(self):
        moved = small_tree.edited("static int calls;", "\nstatic int calls;")
        self.assertIn("nothing to patch, but functions differ", self.evaluate(FIXED_CHECK, moved, expect=1)["faults"])

    def test_code_that_is_not_the_fixs_is_found(self):
        other = small_tree.edited("counted(-7)", "counted(-8)")
        stated = small_tree.edited("counted(-7)", "counted(-9)")
        faults = self.evaluate(other, stated, expect=1)["faults"]
        self.assertEqual(len(faults), 1)
        self.assertRegex(faults[0], "code of check.*fffffff7.*fffffff8")

    def test_a_string_that_is_not_the_fixs_is_found(self):
        other = small_tree.edited("nothing asked for", "nothing asked")
        stated = small_tree.edited("nothing asked for", "nothing wanted")
        self.assertRegex(self.evaluate(other, stated, expect=1)["faults"][0], "nothing wanted.*nothing asked")


class Lines(unittest.TestCase):
    def test_lines_are_followed_through_hunks(self):
        lines = LineMap("--- a/x.c\n+++ b/x.c\n@@ -3,3 +3,4 @@\n three\n-four\n+4\n+4.5\n five\n@@ -20 +21,0 @@\n-twenty\n")
        self.assertTrue(lines.moved(5, 6) and lines.moved(19, 20))
        self.assertTrue(not lines.moved(4, 5) and not lines.moved(20, 21) and not lines.moved(21, 22) and not lines.moved(3, 3))


class OnXen(unittest.TestCase):
    def test_a_payload_lives_and_goes_on_a_real_xen(self):
        with tempfile.TemporaryDirectory() as folder:
            source, payload = os.path.join(folder, "version.c"), os.path.join(folder, "version.livepatch")
            with open(source, "w", encoding="ascii") as file:
                file.write(REPLACEMENT)
            subprocess.run([SUTURE, "build", "--replacement", source, "--image", XEN_SYMS, "-o", payload], check=True,
                           stdout=subprocess.DEVNULL)
            options = evaluate.parse(["--suture", SUTURE])
            self.assertEqual(live_check.run(options, XEN, payload), "passed")

    def test_trouble_is_seen_in_xens_log(self):
        for line in ("(XEN) Xen WARN at mm.c:12", "(XEN) Panic on CPU 0:", "(XEN) livepatch: fix finished APPLY with rc=-22"):
            self.assertTrue(live_check.TROUBLE.search(line), line)
        self.assertFalse(live_check.TROUBLE.search("(XEN) livepatch: fix finished APPLY with rc=0"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
