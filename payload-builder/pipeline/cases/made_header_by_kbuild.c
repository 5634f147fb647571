A header is made by kbuild's rules: they go by $(obj) and $(src), lie in build.mk, and what was read
for the file between is listed in a .cmd file. It is made anew, with obj= for the rule's folder.
//// make hv/include/limits.h
//// base Makefile
hv/include/limits.h:
	$(MAKE) -s -C hv include/limits.h
//// base hv/Makefile
export objtree := .
export srctree := .
include/limits.h:
	mkdir -p include
	$(MAKE) -s -f $(srctree)/Rules.mk obj=arch include/limits.h
//// base hv/Rules.mk
src := $(obj)
include $(srctree)/$(obj)/build.mk
//// base hv/arch/build.mk
$(objtree)/include/limits.h: $(obj)/limits.i $(src)/build.mk
	sed -n 's/^limit /#define LIMIT /p' $< > $@
$(obj)/limits.i: $(src)/limits.S
	$(CC) -E -P -o $@ $<
//// base hv/arch/.limits.i.cmd
cmd_arch/limits.i := gcc -E -P -o arch/limits.i arch/limits.S

source_arch/limits.i := arch/limits.S

deps_arch/limits.i := \
  arch/depth.h \

arch/limits.i: $(deps_arch/limits.i)
//// base hv/arch/limits.S
#include "depth.h"
.if 0
limit DEPTH
.endif
//// base hv/arch/depth.h
#define DEPTH 8
//// base hv/arch/a.c
#include "../include/limits.h"
int a(int x) { return x < LIMIT ? x : -1; }
int b(int x) { return x; }
//// patched hv/arch/depth.h
#define DEPTH 16
//// expect built
//// expect replaced a: changed at hv/arch/a.c:2
