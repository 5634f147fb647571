# SPDX-License-Identifier: Apache-2.0
"""Bad input to `suture build`, of the tree, of the diff and of the machine: it says so clearly, and leaves nothing behind."""
import hashlib
import json
import os
import subprocess
import tempfile
import time
import unittest

import small_tree

SUTURE = os.environ["SUTURE"]
FIXED = small_tree.edited("request->size > request->limit", "request->size >= request->limit")
FIX = small_tree.diff(small_tree.SOURCES, FIXED)
# Mounts that nobody else sees; who is not root may make them in a name space of users.
UNSHARE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "sh", "-c"]


def snapshot(tree):
    """Names and contents of all that a tree holds."""
    rows = []
    for folder, _, files in sorted(os.walk(tree)):
        for name in sorted(files):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                rows.append((path, os.stat(path).st_mode, hashlib.sha1(file.read()).hexdigest()))
    return rows


class BadInput(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        self.tree = self.make_tree("tree", small_tree.SOURCES)
        self.image = os.path.join(self.tree, small_tree.IMAGE)
        self.commands = self.image + ".compile_commands.json"
        self.scratch = os.path.join(self.folder, "tmp")
        os.mkdir(self.scratch)

    def make_tree(self, name, sources):
        path = os.path.join(self.folder, name)
        small_tree.write(path, sources)
        small_tree.build(path)
        return path

    def build(self, diff, outcome, *options, shell=None):
        """Builds from a diff; the document and what stderr says. Neither the tree nor TMPDIR has anything new after it."""
        patch, output = os.path.join(self.folder, "case.diff"), os.path.join(self.folder, "out.livepatch")
        with open(patch, "wb") as file:
            file.write(diff if isinstance(diff, bytes) else diff.encode())
        command = [SUTURE, "build", "--patch", patch, "--image", self.image, "--source", self.tree, "-o", output, "--json", *options]
        if shell:
            command = [*UNSHARE, shell, "sh", *command]
        before = snapshot(self.tree)
        done = subprocess.run(command, env=dict(os.environ, TMPDIR=self.scratch), capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(snapshot(self.tree), before)
        self.assertEqual(os.listdir(self.scratch), [])
        self.assertEqual(os.path.exists(output), outcome == "built")
        self.assertFalse(os.path.exists(output + ".partial"))
        document = json.loads(done.stdout)
        self.assertEqual(document["outcome"], outcome, done.stdout + done.stderr)
        self.assertEqual(done.returncode, {"built": 0, "failed": 1, "refused": 3, "nothing-to-patch": 3}[outcome])
        return document, done.stderr

    def replaced(self, document):
        return [function["display"] for function in document["functions"]]

    # The tree.

    def test_tree_not_built(self):
        os.remove(self.commands)
        said = self.build(FIX, "failed")[1]
        self.assertIn(self.tree, said)
        self.assertIn("built", said)

    def test_image_of_another_build(self):
        other = self.make_tree("other", small_tree.edited("counted(-7)", "counted(-22)"))
        os.replace(os.path.join(other, small_tree.IMAGE), self.image)
        document, said = self.build(FIX, "refused")
        self.assertEqual({row["code"] for row in document["refusals"]}, {"reproduction-mismatch"})
        self.assertIn("check", said)

    def test_compile_command_missing_for_a_unit(self):
        with open(self.commands, encoding="ascii") as file:
            rows = json.load(file)
        with open(self.commands, "w", encoding="ascii") as file:
            json.dump([row for row in rows if row["file"] != "check.c"], file)
        document, said = self.build(FIX, "refused")
        self.assertEqual([row["code"] for row in document["refusals"]], ["no-compile-command"])
        self.assertIn("check.c", said)

    def test_compiler_not_installed(self):
        with open(self.commands, encoding="ascii") as file:
            rows = json.load(file)
        for row in rows:
            row["arguments"][0] = "no-such-gcc"
        with open(self.commands, "w", encoding="ascii") as file:
            json.dump(rows, file)
        self.assertIn("no-such-gcc", self.build(FIX, "failed")[1])

    def test_read_only_tree(self):
        shell = f'mount --bind "{self.tree}" "{self.tree}" && mount -o remount,bind,ro "{self.tree}" && ! touch "{self.tree}/x" 2>&- && exec "$@"'
        self.assertEqual(self.replaced(self.build(FIX, "built", shell=shell)[0]), ["check"])

    # The machine.

    def test_no_space_in_the_temporary_folder(self):
        shell = f'mount -t tmpfs -o size=4k none "{self.scratch}" && "$@"; code=$?; [ -z "$(ls -A "{self.scratch}")" ] || exit 99; exit $code'
        self.assertIn("No space left on device", self.build(FIX, "failed", shell=shell)[1])

    def test_no_temporary_folder(self):
        missing = os.path.join(self.folder, "nowhere")
        shell = f'export TMPDIR="{missing}"; exec "$@"'
        self.assertIn(missing, self.build(FIX, "failed", shell=shell)[1])
        self.assertFalse(os.path.exists(missing))

    # The diff.

    def test_diff_against_another_revision(self):
        older = small_tree.edited("return counted(-7);", "return counted(-22);")
        diff = small_tree.diff(older, {**older, "check.c": older["check.c"].replace("> request->limit", ">= request->limit")})
        document, said = self.build(diff, "refused")
        self.assertEqual([row["code"] for row in document["refusals"]], ["hunk-does-not-apply"])
        self.assertRegex(said, r"check\.c:6(.|\n)*counted\(-22\)(.|\n)*counted\(-7\)")

    def test_diff_of_ten_thousand_files(self):
        added = "".join(f"diff --git a/doc/{number}.txt b/doc/{number}.txt\nnew file mode 100644\n--- /dev/null\n+++ b/doc/{number}.txt\n"
                        f"@@ -0,0 +1 @@\n+{number}\n" for number in range(10000))
        start = time.monotonic()
        self.assertEqual(self.replaced(self.build(added + FIX, "built")[0]), ["check"])
        self.assertLess(time.monotonic() - start, 120)

    def test_renamed_header(self):
        renamed = {("journal.h" if name == "log.h" else name): text.replace('"log.h"', '"journal.h"')
                   for name, text in small_tree.SOURCES.items()}
        diff = small_tree.diff(small_tree.SOURCES, renamed)
        self.assertIn("rename from log.h", diff)
        self.build(diff, "nothing-to-patch")
        renamed["check.c"] = FIXED["check.c"].replace('"log.h"', '"journal.h"')
        self.assertEqual(self.replaced(self.build(small_tree.diff(small_tree.SOURCES, renamed), "built")[0]), ["check"])

    def test_changed_mode(self):
        mode = "diff --git a/log.c b/log.c\nold mode 100644\nnew mode 100755\n"
        self.build(mode, "nothing-to-patch")
        self.assertEqual(self.replaced(self.build(mode + FIX, "built")[0]), ["check"])

    def test_binary_file(self):
        binary = "diff --git a/logo.png b/logo.png\nindex 1111111..2222222 100644\nBinary files a/logo.png and b/logo.png differ\n"
        document, said = self.build(binary + FIX, "refused")
        self.assertEqual([row["code"] for row in document["refusals"]], ["binary-file"])
        self.assertIn("logo.png", said)

    def test_carriage_returns(self):
        def returned(sources):
            return {name: text.replace("\n", "\r\n") for name, text in sources.items()}

        self.tree = self.make_tree("returned", returned(small_tree.SOURCES))
        self.image = os.path.join(self.tree, small_tree.IMAGE)
        diff = small_tree.diff(returned(small_tree.SOURCES), returned(FIXED))
        self.assertEqual(self.replaced(self.build(diff, "built")[0]), ["check"])
        # And the one kind of line end in the diff, the other in the tree.
        self.assertIn("check.c", self.build_refused(FIX))

    def build_refused(self, diff):
        """stderr of a build that is refused, where an earlier build of this test left its payload."""
        os.remove(os.path.join(self.folder, "out.livepatch"))
        return self.build(diff, "refused")[1]

    def test_no_newline_at_the_end(self):
        cut = {**FIXED, "check.c": FIXED["check.c"].rstrip("\n")}
        diff = small_tree.diff(small_tree.SOURCES, cut)
        self.assertIn("\\ No newline at end of file", diff)
        self.assertEqual(self.replaced(self.build(diff, "built")[0]), ["check"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
