# SPDX-License-Identifier: Apache-2.0
"""What `suture build --json` prints is what docs/cli/build.schema.json says, for each outcome; build.md lists each refusal."""
import copy
import json
import os
import re
import subprocess
import tempfile
import unittest

import jsonschema

SUTURE = os.environ["SUTURE"]
IMAGE = os.environ["SUTURE_IMAGE"]
with open("docs/cli/build.schema.json", encoding="utf-8") as file:
    SCHEMA = json.load(file)


class BuildJson(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def build(self, diff, outcome):
        """Builds from a diff's text; the document, valid by the schema."""
        patch = os.path.join(self.folder, "case.diff")
        with open(patch, "w", encoding="utf-8") as file:
            file.write(diff)
        done = subprocess.run([SUTURE, "build", "--patch", patch, "--image", IMAGE, "-o", os.path.join(self.folder, "out.livepatch"),
                               "--json"], capture_output=True, text=True, timeout=300, check=False)
        document = json.loads(done.stdout)
        jsonschema.Draft7Validator(SCHEMA).validate(document)
        self.assertEqual(document["outcome"], outcome, done.stderr)
        return document

    def edited(self, path, old, new):
        """A diff of one file in which the text old becomes new."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        changed = os.path.join(self.folder, "changed")
        with open(changed, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))
        return subprocess.run(["diff", "-u", f"--label=a/{path}", f"--label=b/{path}", path, changed], text=True,
                              capture_output=True, check=False).stdout

    def test_built(self):
        with open("tests/demo/fix-1.diff", encoding="utf-8") as file:
            document = self.build(file.read(), "built")
        self.assertTrue(os.path.exists(document["payload"]))
        self.assertGreater(len(document["functions"]), 0)
        self.assertGreater(document["textSize"], 0)
        self.assertEqual(len(document["buildId"]), 40)
        self.assertEqual(document["depends"], document["xenDepends"])

    def test_nothing_to_patch(self):
        document = self.build(self.edited("README.md", "#", "# "), "nothing-to-patch")
        self.assertIsNone(document["payload"])

    def test_refused(self):
        document = self.build(self.edited("hypervisor/guest/vcpu.h", "struct Vcpu final {", "struct Vcpu final {\n  unsigned long oneMore = 0;"), "refused")
        self.assertIn("layout-changed", [row["code"] for row in document["refusals"]])
        self.assertGreater(len(document["layouts"]), 0)
        self.assertGreater(len(document["layouts"][0]["patchedFields"]), 0)

    def test_failed(self):
        self.assertIn("case.diff", self.build("These are only words.\n", "failed")["error"])

    def test_the_schema_knows_every_field(self):
        with open("tests/demo/fix-1.diff", encoding="utf-8") as file:
            document = self.build(file.read(), "built")
        validator = jsonschema.Draft7Validator(SCHEMA)
        for spoil in (lambda copied: copied.update(surprise=1), lambda copied: copied.pop("functions"),
                      lambda copied: copied["functions"][0].update(why="because"), lambda copied: copied.update(seconds="2"),
                      lambda copied: copied["functions"][0]["location"].pop("line")):
            spoiled = copy.deepcopy(document)
            spoil(spoiled)
            self.assertFalse(validator.is_valid(spoiled))

    def test_the_page_lists_each_refusal(self):
        with open("payload-builder/support/refusal.cpp", encoding="utf-8") as file:
            source = file.read()
        codes = set(re.findall(r'return "([a-z-]+)";', source[source.index("codeName"):source.index("toString(const Refusal")]))
        with open("docs/cli/build.md", encoding="utf-8") as file:
            listed = re.findall(r"^\| `([a-z][a-z-]+)` \|", file.read(), re.MULTILINE)
        self.assertGreater(len(codes), 20)
        self.assertEqual(sorted(codes), sorted(listed))


if __name__ == "__main__":
    unittest.main(verbosity=2)
