# SPDX-License-Identifier: Apache-2.0
"""guest_program: a freestanding guest. guest_archive: guests packed as suture-hv takes them."""

load("//bazel:freestanding.bzl", "to_freestanding")

def guest_program(name, srcs, deps = []):
    native.cc_binary(
        name = name,
        srcs = srcs,
        additional_linker_inputs = ["//hypervisor/guests/lib:guest.ld"],
        linkopts = ["-Wl,-T,$(location //hypervisor/guests/lib:guest.ld)"],
        # Only under the freestanding platform, which guest_archive asks for.
        tags = ["manual"],
        deps = ["//hypervisor/guests/lib:guest"] + deps,
    )

def _guest_archive_impl(ctx):
    archive = ctx.actions.declare_file(ctx.label.name + ".cpio")
    args = ctx.actions.args()
    args.add(ctx.file._script)
    args.add(archive)
    inputs = []
    for guest in ctx.attr.guests:
        file = guest[DefaultInfo].files.to_list()[0]
        inputs.append(file)
        args.add("%s=%s" % (guest.label.name, file.path))
    ctx.actions.run(
        executable = "/usr/bin/python3",
        arguments = [args],
        inputs = inputs + [ctx.file._script],
        outputs = [archive],
        mnemonic = "GuestArchive",
    )
    return [DefaultInfo(files = depset([archive]), runfiles = ctx.runfiles(files = [archive]))]

guest_archive = rule(
    implementation = _guest_archive_impl,
    attrs = {
        "guests": attr.label_list(
            cfg = to_freestanding,
            mandatory = True,
        ),
        "_script": attr.label(
            default = "//hypervisor/guests:archive.py",
            allow_single_file = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
