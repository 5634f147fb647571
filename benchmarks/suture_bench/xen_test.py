# SPDX-License-Identifier: Apache-2.0
"""suture bench apply --target xen on Debian's Xen: a short round, each figure there, and a pause seen as one.

    xen_test.py SUTURE-BENCH SUTURE
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

BENCH, SUTURE = (os.path.realpath(path) for path in sys.argv[1:3])
ROUNDS = 3


def bench(*arguments):
    return subprocess.run([BENCH, "bench", *arguments], env=dict(os.environ, SUTURE=SUTURE), text=True, timeout=500,
                          capture_output=True, check=False)


class BenchOfXen(unittest.TestCase):
    def test_every_round_of_every_shape_is_reported(self):
        with tempfile.TemporaryDirectory() as folder:
            output = os.path.join(folder, "result.json")
            done = bench("apply", "--target", "xen", "--cpus", "2", "--functions", "1,200", "--guests", "idle", "--rounds",
                         str(ROUNDS), "--output", output)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(output, encoding="utf-8") as file:
                result = json.load(file)
        self.assertEqual(result["target"], "xen")
        self.assertEqual([(row["cpus"], row["functions"]) for row in result["rows"]], [(2, 1), (2, 200)])
        for row in result["rows"]:
            for action in ("upload", "apply", "revert", "list", "nothing"):
                self.assertEqual(len(row[action]["client"]["all"]), ROUNDS)
                self.assertGreater(min(row[action]["client"]["all"]), 0)
            for action in ("apply", "revert"):
                # The loop is held up by an action, and not by a question.
                self.assertGreater(row[action]["gap"]["median"], 2 * row["nothing"]["gap"]["median"])
        one, many = result["rows"]
        self.assertGreater(many["apply"]["gap"]["median"], one["apply"]["gap"]["median"])
        self.assertGreater(many["upload"]["client"]["median"], one["upload"]["client"]["median"])

    def test_what_is_no_xen_is_refused_by_name(self):
        done = bench("apply", "--target", "xen", "--image", os.path.realpath(__file__), "--cpus", "2", "--functions", "1",
                     "--rounds", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("has no build-id", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
