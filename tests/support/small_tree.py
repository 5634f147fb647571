# SPDX-License-Identifier: Apache-2.0
"""A target small enough to build in a second: source trees before and after a fix, built as a hypervisor would be."""
import json
import os
import shutil
import subprocess
import tempfile

FLAGS = ["gcc", "-O2", "-ffreestanding", "-fPIE", "-fvisibility=hidden", "-fno-asynchronous-unwind-tables", "-fno-stack-protector",
         "-fcf-protection=none", "-mno-red-zone", "-mno-sse", "-I."]
IMAGE = "target"
SOURCES = {
    "log.h": """#pragma once
struct request { unsigned long size; unsigned long limit; };
extern void report(const char *text, unsigned line);
""",
    "log.c": """#include "log.h"
static const char *last;
static unsigned where;
void report(const char *text, unsigned line) { last = text; where = line; }
const char *lastReport(void) { return where ? last : ""; }
static const int weights[16] = {3, 5, 9, 2};
int weigh(int unit) {
  for (const int *weight = weights + 16; weight != weights; unit = unit * 7 + *--weight)
    ;
  return unit;
}
""",
    "check.c": """#include "log.h"
static int calls;
__attribute__((noinline)) static int counted(int result) { calls++; return result; }
int check(const struct request *request) {
  if (request->size > request->limit)
    return counted(-7);
  return counted(0);
}
int complain(const struct request *request) {
  if (!request->size)
    report("nothing asked for", __LINE__);
  return calls;
}
""",
}


def write(tree, sources):
    """Writes a tree's files, with the line ends that they have."""
    os.makedirs(tree)
    for name, text in sources.items():
        with open(os.path.join(tree, name), "w", encoding="ascii", newline="") as file:
            file.write(text)


def build(tree):
    """Compiles and links a tree in place, and leaves its compile commands beside the image."""
    commands, objects = [], []
    for name in sorted(os.listdir(tree)):
        if not name.endswith(".c"):
            continue
        command = [*FLAGS, "-c", name, "-o", name[:-2] + ".o"]
        subprocess.run(command, cwd=tree, check=True)
        objects.append(command[-1])
        commands.append({"directory": ".", "file": name, "output": command[-1], "arguments": command})
    subprocess.run(["ld.lld-19", "-static", "-nostdlib", "--build-id=sha1", "-e", "0", "--image-base=0xffffffff80200000",
                    "-o", IMAGE, *objects], cwd=tree, check=True)
    with open(os.path.join(tree, IMAGE + ".compile_commands.json"), "w", encoding="ascii") as file:
        json.dump(commands, file)


def edited(old, new, name="check.c"):
    """The sources with one text in place of another."""
    if old not in SOURCES[name]:
        raise ValueError(f"{name} has no {old!r}")
    return {**SOURCES, name: SOURCES[name].replace(old, new, 1)}


def diff(before, after):
    """The diff between two sets of sources, as `git diff` prints it."""
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")

        def git(*arguments):
            return subprocess.run(["git", f"--git-dir={folder}/git", f"--work-tree={tree}", *arguments], cwd=folder, check=True,
                                  capture_output=True).stdout.decode()

        git("-c", "init.defaultBranch=main", "init", "-q")
        revisions = []
        for sources in (before, after):
            write(tree, sources)
            git("-c", "core.autocrlf=false", "add", "--all", tree)
            revisions.append(git("write-tree").strip())
            shutil.rmtree(tree)
        return git("diff", "--no-color", "--no-ext-diff", "--find-renames", *revisions)
