# SPDX-License-Identifier: Apache-2.0
"""suture bench apply boots the benchmark image, patches as many functions as it says, and reports every round.

    bench_test.py SUTURE-BENCH SUTURE
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

BENCH, SUTURE = (os.path.realpath(path) for path in sys.argv[1:3])
ROUNDS = 2


def bench(*arguments):
    return subprocess.run([BENCH, "bench", *arguments], env=dict(os.environ, SUTURE=SUTURE), text=True, timeout=240,
                          capture_output=True, check=False)


def measured(*arguments, rounds=ROUNDS):
    """The JSON of `suture bench apply` with these arguments."""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "result.json")
        done = bench("apply", *arguments, "--rounds", str(rounds), "--output", output)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        with open(output, encoding="utf-8") as file:
            return json.load(file)


class Bench(unittest.TestCase):
    def check(self, row, kinds, rounds=ROUNDS):
        for action in ("apply", "revert"):
            self.assertEqual(set(row[action]), set(kinds))
            for kind in kinds:
                self.assertEqual(len(row[action][kind]["all"]), rounds)
                self.assertGreater(min(row[action][kind]["all"]), 0)
            self.assertLess(row[action]["pause"]["median"], row[action]["total"]["max"])

    def test_every_round_of_every_shape_is_reported(self):
        result = measured("--cpus", "2", "--functions", "1,50", "--guests", "idle,busy")
        self.assertEqual([(row["guests"], row["cpus"], row["functions"]) for row in result["rows"]],
                         [("idle", 2, 1), ("idle", 2, 50), ("busy", 2, 1), ("busy", 2, 50)])
        for row in result["rows"]:
            self.check(row, ("rendezvous", "pause", "total"))
        for one, fifty in (result["rows"][:2], result["rows"][2:]):
            # In instructions, not in a clock's time: fifty jumps are more work than one.
            self.assertGreater(fifty["apply"]["pause"]["median"], one["apply"]["pause"]["median"])
        self.assertIn("QEMU", result["run"]["qemu"])

    def test_a_guest_sees_the_pause(self):
        row, = measured("--cpus", "2", "--functions", "2000", "--guests", "probed", rounds=6)["rows"]
        self.check(row, ("rendezvous", "pause", "total", "gap"), rounds=6)
        # All that time no guest ran: the gap is no shorter, but for the moment that no reading of the clock sees. In one of
        # fifteen rounds the guest is printing and sees nothing.
        for action in ("apply", "revert"):
            self.assertGreater(max(row[action]["gap"]["all"]), 0.9 * min(row[action]["pause"]["all"]))

    def test_more_guests_than_the_device_once_had_room_for(self):
        row, = measured("--cpus", "10", "--functions", "1", "--guests", "idle")["rows"]
        self.check(row, ("rendezvous", "pause", "total"))

    def test_another_image_is_refused_by_name(self):
        done = bench("apply", "--image", "/nonexistent/image", "--cpus", "1", "--functions", "1", "--rounds", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent/image", done.stderr)

    def test_unknown_guests_are_a_usage_error(self):
        done = bench("apply", "--guests", "dancing")
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
