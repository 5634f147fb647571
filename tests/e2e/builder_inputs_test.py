# SPDX-License-Identifier: Apache-2.0
"""One fix, given as a patch, as a range of commits and as staged changes: the same function, and an untouched tree."""
import os
import subprocess
import tempfile
import unittest

from suture_vm import Suture

IMAGE = os.environ["SUTURE_IMAGE"]
FIX = os.path.abspath("tests/demo/fix-1.diff")


class Inputs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.tree = os.path.join(self.folder.name, "tree")
        # The files as they stand: the checkout under test may have changes that are not committed.
        files = subprocess.run(["git", "ls-files", "-z", "hypervisor", "runtime"], capture_output=True, check=True).stdout
        os.mkdir(self.tree)
        subprocess.run(["cpio", "-0", "--quiet", "-pdm", self.tree], input=files, check=True)
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-qm", "base")
        self.suture = Suture(os.environ["SUTURE"])

    def git(self, *arguments):
        done = subprocess.run(["git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-C", self.tree, *arguments],
                              capture_output=True, text=True, check=True)
        return done.stdout

    def functions(self, *options):
        """What the payload replaces, and its text's size."""
        before = self.git("status", "--porcelain")
        built = self.suture.json("build", *options, "--image", IMAGE, "--source", self.tree,
                                 "-o", os.path.join(self.folder.name, "out.livepatch"))
        self.assertEqual(self.git("status", "--porcelain"), before)
        self.assertEqual(built["outcome"], "built")
        return [(function["name"], function["chain"]) for function in built["functions"]], built["textSize"]

    def test_patch_range_and_staged_changes_give_the_same(self):
        patch = self.functions("--patch", FIX)
        self.assertEqual(len(patch[0]), 1)
        self.assertIn("readSettingCall", patch[0][0][0])
        self.git("apply", "--index", FIX)
        self.assertEqual(self.functions("--staged"), patch)
        self.git("commit", "-qm", "fix")
        self.git("tag", "fixed")
        self.assertEqual(self.functions("--git", "fixed~1..fixed"), patch)
        # Also where the range's start is checked out.
        self.git("checkout", "-q", "fixed~1")
        self.assertEqual(self.functions("--git", "fixed~1..fixed"), patch)


if __name__ == "__main__":
    unittest.main(verbosity=2)
