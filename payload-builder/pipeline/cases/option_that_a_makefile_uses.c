A new option decides what is compiled: more than a payload can bring.
//// make syncconfig
//// base Makefile
obj-y += a.o
obj-$(CONFIG_EXTRA) += extra.o
olddefconfig:
	@:
syncconfig:
	mkdir -p include/config include/generated
	sed -n 's/^config \(.*\)=\(.*\)/CONFIG_\1=\2/p' Kconfig > include/config/auto.conf
	sed -n 's/^config \(.*\)=y/#define CONFIG_\1 1/p' Kconfig > include/generated/autoconf.h
//// base Kconfig
config BASE=y
//// base a.c
#include "include/generated/autoconf.h"
#ifdef CONFIG_HARDEN
#define STEP 4
#else
#define STEP 1
#endif
int a(int x) { return x * x * STEP + 1000; }
//// base b.c
#include "include/generated/autoconf.h"
int b(int x) { return x; }
//// patched Kconfig
config BASE=y
config EXTRA=y
//// expect refused
//// expect refused build-file CONFIG_EXTRA
