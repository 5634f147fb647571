# SPDX-License-Identifier: Apache-2.0
"""qemu_test: a Python program on the harness qemu.py, with an image and guests to run."""

def qemu_test(name, src, image, guests, args = [], size = "medium", tags = []):
    native.sh_test(
        name = name,
        size = size,
        srcs = ["run_qemu.sh"],
        args = [
            "$(rootpath %s)" % src,
            "$(rootpath %s.elf)" % image,
            "$(rootpath %s)" % guests,
        ] + args,
        data = [
            src,
            "control.py",
            "qemu.py",
            image + ".elf",
            guests,
            "//tests/support",
        ],
        # Virtual CPUs need the real ones.
        tags = tags + [
            "exclusive",
            "qemu",
        ],
    )
