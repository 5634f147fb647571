# SPDX-License-Identifier: Apache-2.0
"""suture bench apply boots the benchmark image, patches as many functions as it says, and reports every round.

    bench_test.py SUTURE-BENCH IMAGE SUTURE
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

BENCH, IMAGE, SUTURE = (os.path.realpath(path) for path in sys.argv[1:4])
ROUNDS = 2


def bench(*arguments):
    return subprocess.run([BENCH, "bench", *arguments], env=dict(os.environ, SUTURE=SUTURE), text=True, timeout=240,
                          capture_output=True, check=False)


class Bench(unittest.TestCase):
    def test_every_round_of_every_shape_is_reported(self):
        with tempfile.TemporaryDirectory() as folder:
            output = os.path.join(folder, "result.json")
            done = bench("apply", "--image", IMAGE, "--cpus", "2", "--functions", "1,50", "--rounds", str(ROUNDS),
                         "--output", output)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(output, encoding="utf-8") as file:
                result = json.load(file)
        self.assertEqual([(row["cpus"], row["functions"]) for row in result["rows"]], [(2, 1), (2, 50)])
        for row in result["rows"]:
            for action in ("apply", "revert"):
                for kind in ("rendezvous", "pause", "total"):
                    self.assertEqual(len(row[action][kind]["all"]), ROUNDS)
                    self.assertGreater(min(row[action][kind]["all"]), 0)
                self.assertLess(row[action]["pause"]["median"], row[action]["total"]["max"])
        one, fifty = result["rows"]
        # In instructions, not in a clock's time: fifty jumps are more work than one.
        self.assertGreater(fifty["apply"]["pause"]["median"], one["apply"]["pause"]["median"])
        self.assertIn("QEMU", result["run"]["qemu"])

    def test_another_image_is_refused_by_name(self):
        done = bench("apply", "--image", "/nonexistent/image", "--cpus", "1", "--functions", "1", "--rounds", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent/image", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
