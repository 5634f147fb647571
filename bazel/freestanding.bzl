# SPDX-License-Identifier: Apache-2.0
"""The one place for flags of freestanding code, and the transition that builds it."""

# The triple stays the host's: libstdc++'s freestanding headers lie in its search path, and -ffreestanding with -nostdlib
# leaves nothing of its C library in the image. What makes the same source give the same code and the same relocations as a payload needs: position-independent
# code without a GOT gives PC32, PLT32 and 64 alone, the relocations of the payload ABI.
FREESTANDING_COMPILE_FLAGS = [
    "-O2",
    "-g",
    "-ffreestanding",
    "-fPIE",
    "-fdirect-access-external-data",
    "-fvisibility=hidden",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-omit-frame-pointer",
    "-fno-asynchronous-unwind-tables",
    "-fno-stack-protector",
    "-fno-ident",
    "-fcf-protection=none",
    "-ffile-compilation-dir=.",
    "-mno-red-zone",
    "-mno-mmx",
    "-mno-sse",
]

FREESTANDING_CXX_FLAGS = [
    "-std=c++23",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-threadsafe-statics",
    "-Wglobal-constructors",
    "-Wexit-time-destructors",
]

FREESTANDING_LINK_FLAGS = [
    "-fuse-ld=lld",
    "-nostdlib",
    "-static",
    "-Wl,--build-id=sha1",
    "-Wl,--gc-sections",
    "-Wl,-z,noexecstack",
    "-Wl,--fatal-warnings",
]

def _to_freestanding(_settings, _attr):
    return {
        "//command_line_option:platforms": "//bazel/platforms:freestanding_x86_64",
        "//command_line_option:compilation_mode": "fastbuild",
        "//command_line_option:copt": [],
        "//command_line_option:cxxopt": [],
        "//command_line_option:linkopt": [],
        # FREESTANDING_COMPILE_FLAGS say -fPIE; the feature would append -fPIC behind it.
        "//command_line_option:features": ["-supports_pic"],
    }

to_freestanding = transition(
    implementation = _to_freestanding,
    inputs = [],
    outputs = [
        "//command_line_option:platforms",
        "//command_line_option:compilation_mode",
        "//command_line_option:copt",
        "//command_line_option:cxxopt",
        "//command_line_option:linkopt",
        "//command_line_option:features",
    ],
)
