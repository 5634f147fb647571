# SPDX-License-Identifier: Apache-2.0
"""suture bench build over a small tree: every stage's seconds, processor seconds and peak memory, cold, fresh and warm.

    build_test.py SUTURE-BENCH SUTURE
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

BENCH, SUTURE = (os.path.realpath(path) for path in sys.argv[1:3])
FLAGS = ["-O2", "-ffreestanding", "-fPIE", "-fvisibility=hidden", "-fno-asynchronous-unwind-tables", "-fno-stack-protector",
         "-fcf-protection=none", "-mno-red-zone", "-mno-sse"]
SOURCE = """int limit = 8;
int check(int index);
int check(int index)
{
    if (index > limit)
        return -1;
    return index * 3 + limit * index;
}
"""
FIX = """--- a/check.c
+++ b/check.c
@@ -4,3 +4,3 @@
 {
-    if (index > limit)
+    if (index >= limit)
         return -1;
"""
REFUSED = """--- a/check.c
+++ b/check.c
@@ -1,2 +1,2 @@
-int limit = 8;
+int limit = 9;
 int check(int index);
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class BenchBuild(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.tree = folder.name, os.path.join(folder.name, "tree")
        os.mkdir(self.tree)
        write(self.path("tree/check.c"), SOURCE)
        write(self.path("fix.diff"), FIX)
        write(self.path("data.diff"), REFUSED)
        compile_it = ["gcc", *FLAGS, "-c", "check.c", "-o", "check.o"]
        write(self.path("commands.json"), json.dumps([{"directory": ".", "file": "check.c", "output": "check.o",
                                                       "arguments": compile_it}]))
        subprocess.run(compile_it, cwd=self.tree, check=True)
        subprocess.run(["ld.lld-19", "-static", "--build-id=sha1", "-e", "0", "--image-base=0xffffffff80200000", "-o",
                        self.path("image"), "check.o"], cwd=self.tree, check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def bench(self, *arguments):
        return subprocess.run([BENCH, "bench", "build", "--image", self.path("image"), "--source", self.tree,
                               "--compile-commands", self.path("commands.json"), "--output", self.path("result.json"),
                               "--rounds", "2", *arguments],
                              env=dict(os.environ, SUTURE=SUTURE), text=True, timeout=240, capture_output=True, check=False)

    def test_each_diff_has_its_stages_of_every_kind(self):
        done = self.bench(self.path("fix.diff"), self.path("data.diff"))
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("result.json"), encoding="utf-8") as file:
            result = json.load(file)
        self.assertEqual([(row["diff"], row["outcome"]) for row in result["rows"]],
                         [("fix.diff", "built"), ("data.diff", "refused")])
        for kind in ("cold", "fresh", "warm"):
            whole = result["rows"][0][kind]
            for what in ("stages", "stageCpuSeconds", "stagePeakBytes"):
                self.assertLessEqual({"diff", "units", "changes", "link", "verify"}, set(whole[what]), what)
            self.assertEqual(len(whole["seconds"]["all"]), 2)
            self.assertGreater(whole["cpuSeconds"]["median"], 0)
            # The builder holds LLVM: less than this was not measured, but guessed.
            self.assertGreater(whole["peakBytes"], 2**23)
            self.assertGreater(min(whole["stagePeakBytes"].values()), 2**23)

    def test_the_yardstick_is_rebuilt_in_a_copy(self):
        done = self.bench("--rebuild", "test -f check.c && touch rebuilt", self.path("fix.diff"))
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("result.json"), encoding="utf-8") as file:
            rebuilt = json.load(file)["rebuild"]
        self.assertGreater(rebuilt["seconds"], 0)
        self.assertEqual(sorted(os.listdir(self.tree)), ["check.c", "check.o"])

    def test_a_rebuild_that_fails_is_no_yardstick(self):
        done = self.bench("--rebuild", "echo no rule to make it >&2; exit 7", self.path("fix.diff"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("no rule to make it", done.stderr)
        self.assertFalse(os.path.exists(self.path("result.json")))

    def test_what_is_not_there_is_named(self):
        done = self.bench(self.path("other.diff"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("other.diff", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
