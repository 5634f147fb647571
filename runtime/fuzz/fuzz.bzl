# SPDX-License-Identifier: Apache-2.0
"""fuzz_test: a libFuzzer target, built with all below it instrumented, and run for some seconds as a test.

For longer: bazel build //runtime/fuzz:NAME_program, and run it with a corpus folder and libFuzzer's own options.
"""

_SANITIZE = "address,undefined"

def _instrument(_settings, _attr):
    return {
        "//command_line_option:compilation_mode": "fastbuild",
        "//command_line_option:copt": [
            "-fsanitize=fuzzer-no-link," + _SANITIZE,
            "-fno-sanitize-recover=all",
            "-O1",
            "-gline-tables-only",
        ],
        "//command_line_option:linkopt": [
            "-fsanitize=fuzzer," + _SANITIZE,
            "-fsanitize-link-c++-runtime",
        ],
    }

_instrumented = transition(
    implementation = _instrument,
    inputs = [],
    outputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:copt",
        "//command_line_option:linkopt",
    ],
)

def _fuzz_program_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = ctx.attr.binary[0][DefaultInfo].files_to_run.executable, is_executable = True)
    return [DefaultInfo(files = depset([program]), executable = program)]

_fuzz_program = rule(
    implementation = _fuzz_program_impl,
    executable = True,
    attrs = {
        "binary": attr.label(cfg = _instrumented, mandatory = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

def fuzz_test(name, srcs, deps, seconds = 20):
    """A libFuzzer target and its smoke run.

    Args:
      name: of the test. NAME_program is the fuzzer.
      srcs: with LLVMFuzzerTestOneInput.
      deps: of the sources.
      seconds: of the smoke run, the seeds' own time not counted.
    """
    native.cc_binary(
        name = name + "_binary",
        testonly = True,
        srcs = srcs,
        linkstatic = True,
        deps = deps,
        tags = ["manual"],
    )
    _fuzz_program(
        name = name + "_program",
        testonly = True,
        binary = ":" + name + "_binary",
    )
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["smoke.sh"],
        args = [
            "$(location :%s_program)" % name,
            "$(location :make_seeds)",
            name,
            str(seconds),
        ],
        data = [
            ":make_seeds",
            ":%s_program" % name,
        ],
        tags = ["fuzz"],
    )
