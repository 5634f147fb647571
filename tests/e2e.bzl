# SPDX-License-Identifier: Apache-2.0
"""e2e_test: a Python program that runs `suture` and real hypervisors under QEMU.

It runs on the binaries that users run, alone (QEMU's virtual CPUs need the real ones), in the checkout itself (the
builder reads the hypervisor's source there), and finds things by these variables: SUTURE, SUTURE_IMAGE (the demo image),
SUTURE_OTHER_IMAGE, SUTURE_GUESTS, SUTURE_ROOT (the checkout).
"""

def e2e_test(name, src, data = [], size = "medium", tags = []):
    native.sh_test(
        name = name,
        size = size,
        srcs = ["//tests:run_e2e.sh"],
        args = ["$(rootpath %s)" % src],
        data = data + [
            src,
            "//cli:suture",
            "//hypervisor:suture-hv",
            "//hypervisor:suture-hv-demo",
            "//hypervisor/guests:demo-guests",
            "//payload-builder/tool:suture-build",
            "//tests/support",
        ],
        tags = tags + [
            "e2e",
            "exclusive",
            "no-cache",
        ],
    )
