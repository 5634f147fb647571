// SPDX-License-Identifier: Apache-2.0
#pragma once
// For payload sources written by hand: `suture build --replacement FILE.c --image IMAGE`.
// C (gnu99 and later) and C++, gcc and clang.
//
//   #include <suture/payload.h>
//
//   extern int counter;                              // the target's, by name
//   extern int last SUTURE_SYMBOL("file.c#last");    // local to file.c there
//
//   SUTURE_FUNCTION int fixed(int x) { return x + counter; }
//   SUTURE_REPLACE("broken", fixed);                 // or "file.c#broken"
//
//   static void onLoad(void) { counter = 0; }
//   SUTURE_LOAD_HOOK(onLoad);
//
// Nothing of the target is declared here: declare what you use, as the target has it.

/// Goes before a function that replaces one of the target's. Callers in the original's own file may
/// rely on registers that the original left alone; this makes the replacement leave all of them
/// alone. A replacement that does not is refused.
#define SUTURE_FUNCTION __attribute__((no_caller_saved_registers))

/// Goes behind a declaration of something that the target knows under another name: a local symbol,
/// `file.c#name`, or a mangled C++ name.
#define SUTURE_SYMBOL(name) __asm__(name)

struct suture_replacement {
  const char *target;
  const void *function;
};

#define SUTURE_JOIN2(a, b) a##b
#define SUTURE_JOIN(a, b) SUTURE_JOIN2(a, b)
#define SUTURE_ENTRY(section_name)                                                                 \
  __attribute__((section(section_name), used)) SUTURE_JOIN(suture_entry_, __COUNTER__)

/// Says that `function` takes the place of the target's function of that name.
#define SUTURE_REPLACE(name, function_name)                                                        \
  static const struct suture_replacement SUTURE_ENTRY(".suture.replacements") = {                  \
      name, (const void *)(function_name)}

/// The argument of the hooks that may veto. Its contents are the loader's.
struct livepatch_payload;

/// void hook(void): all CPUs are stopped and interrupts off; before the jumps are written (load),
/// after they are gone (unload). May be given more than once.
#define SUTURE_LOAD_HOOK(hook) SUTURE_HOOK(".livepatch.hooks.load", hook)
#define SUTURE_UNLOAD_HOOK(hook) SUTURE_HOOK(".livepatch.hooks.unload", hook)
/// int hook(struct livepatch_payload *): before CPUs are stopped; anything but 0 vetoes. Once each.
#define SUTURE_PREAPPLY_HOOK(hook) SUTURE_HOOK(".livepatch.hooks.preapply", hook)
#define SUTURE_PREREVERT_HOOK(hook) SUTURE_HOOK(".livepatch.hooks.prerevert", hook)
/// int hook(struct livepatch_payload *): instead of the loader's own action, CPUs stopped. Once
/// each.
#define SUTURE_APPLY_HOOK(hook) SUTURE_HOOK(".livepatch.hooks.apply", hook)
#define SUTURE_REVERT_HOOK(hook) SUTURE_HOOK(".livepatch.hooks.revert", hook)
/// void hook(struct livepatch_payload *): afterwards, CPUs running. Once each.
#define SUTURE_POSTAPPLY_HOOK(hook) SUTURE_HOOK(".livepatch.hooks.postapply", hook)
#define SUTURE_POSTREVERT_HOOK(hook) SUTURE_HOOK(".livepatch.hooks.postrevert", hook)

#define SUTURE_HOOK(section_name, hook)                                                            \
  static const void *const SUTURE_ENTRY(section_name) = (const void *)(hook)
