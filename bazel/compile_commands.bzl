# SPDX-License-Identifier: Apache-2.0
"""freestanding_binary: a cc_binary built for the freestanding platform, with the exact compile commands of its units.

Outputs NAME (the ELF as the dep links it) and NAME.compile_commands.json, whose paths are relative to the root of the
checkout, so that the file does not depend on where the checkout lies. Other rules that link by themselves take the aspect
and write_compile_commands from here.
"""

load("//bazel:freestanding.bzl", "to_freestanding")

UnitCommandsInfo = provider("Command lines of the units below a target.", fields = ["files"])

def _unit_commands_impl(target, ctx):
    files = []
    for action in target.actions:
        if action.mnemonic in ["CppCompile"]:
            file = ctx.actions.declare_file("%s.command.%d" % (ctx.rule.attr.name, len(files)))
            ctx.actions.write(file, action.args[0])
            files.append(file)
    below = [dep[UnitCommandsInfo].files for dep in getattr(ctx.rule.attr, "deps", []) if UnitCommandsInfo in dep]
    return [UnitCommandsInfo(files = depset(files, transitive = below))]

unit_commands = aspect(
    implementation = _unit_commands_impl,
    attr_aspects = ["deps"],
)

def write_compile_commands(ctx, inputs):
    """Declares NAME.compile_commands.json and the action that joins the command lines into it.

    Args:
      ctx: of a rule with an attribute _compile_commands, the script.
      inputs: depset of UnitCommandsInfo.files.
    Returns:
      The file.
    """
    script = ctx.file._compile_commands
    commands = ctx.actions.declare_file(ctx.label.name + ".compile_commands.json")
    args = ctx.actions.args()
    args.add(script)
    args.add(commands)
    args.add_all(inputs)
    ctx.actions.run(
        executable = "/usr/bin/python3",
        arguments = [args],
        inputs = depset([script], transitive = [inputs]),
        outputs = [commands],
        mnemonic = "CompileCommands",
    )
    return commands

def _freestanding_binary_impl(ctx):
    binary = ctx.attr.binary[0]
    image = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = image, target_file = binary[DefaultInfo].files.to_list()[0])
    commands = write_compile_commands(ctx, binary[UnitCommandsInfo].files)
    return [DefaultInfo(files = depset([image, commands]))]

freestanding_binary = rule(
    implementation = _freestanding_binary_impl,
    attrs = {
        "binary": attr.label(
            cfg = to_freestanding,
            aspects = [unit_commands],
            mandatory = True,
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
