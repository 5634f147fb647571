# SPDX-License-Identifier: Apache-2.0
"""hypervisor_image: links freestanding libraries into a bootable ELF with its own symbol table inside.

Outputs NAME (unstripped, with .symtab and DWARF) and NAME.compile_commands.json.
"""

load("//bazel:compile_commands.bzl", "UnitCommandsInfo", "unit_commands", "write_compile_commands")
load("//bazel:freestanding.bzl", "to_freestanding")

def _objects_of(deps):
    """All object files of the libraries, each once, in link order. None is left out for not being referred to."""
    objects = []
    for dep in deps:
        for linker_input in dep[CcInfo].linking_context.linker_inputs.to_list():
            for library in linker_input.libraries:
                for object in library.objects or library.pic_objects:
                    if object not in objects:
                        objects.append(object)
    return objects

def _hypervisor_image_impl(ctx):
    image = ctx.actions.declare_file(ctx.label.name)
    objects = _objects_of(ctx.attr.deps)
    args = ctx.actions.args()
    args.add(ctx.file._script)
    args.add(image)
    args.add("/usr/bin/ld.lld-19")
    args.add_all(["-static", "--build-id=sha1", "--gc-sections", "-z", "noexecstack", "--fatal-warnings", "--no-undefined"])
    args.add("-T", ctx.file.linker_script)
    args.add_all(objects)
    args.add("--")
    args.add("/usr/bin/clang-19")
    ctx.actions.run(
        executable = "/usr/bin/python3",
        arguments = [args],
        inputs = objects + [ctx.file._script, ctx.file.linker_script],
        outputs = [image],
        mnemonic = "LinkImage",
        progress_message = "Linking %s with its symbol table" % ctx.label.name,
    )
    commands = write_compile_commands(ctx, depset(transitive = [dep[UnitCommandsInfo].files for dep in ctx.attr.deps]))
    return [DefaultInfo(files = depset([image, commands]), runfiles = ctx.runfiles(files = [image, commands]))]

hypervisor_image = rule(
    implementation = _hypervisor_image_impl,
    attrs = {
        "deps": attr.label_list(
            cfg = to_freestanding,
            aspects = [unit_commands],
            providers = [CcInfo],
            mandatory = True,
        ),
        "linker_script": attr.label(
            allow_single_file = [".ld"],
            mandatory = True,
        ),
        "_script": attr.label(
            default = "//hypervisor:symbols.py",
            allow_single_file = True,
        ),
        "_compile_commands": attr.label(
            default = "//bazel:compile_commands.py",
            allow_single_file = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

def _image_file_impl(ctx):
    file = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = file, target_file = ctx.attr.image[DefaultInfo].files.to_list()[0])
    return [DefaultInfo(files = depset([file]), runfiles = ctx.runfiles(files = [file]))]

image_file = rule(
    doc = "The ELF of a hypervisor_image alone, where one file is wanted.",
    implementation = _image_file_impl,
    attrs = {"image": attr.label(mandatory = True)},
)
