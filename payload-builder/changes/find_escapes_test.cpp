// SPDX-License-Identifier: Apache-2.0
// Addresses that outlive the payload.
#include "payload-builder/changes/testing/case.h"

#include <gtest/gtest.h>

namespace suture::builder {
namespace {

using testing_support::Case;

TEST(FindEscapes, CallbackThatIsRegistered) {
  EXPECT_EQ(Case()
                .c("void init_timer(void (*)(void *), void *);\n"
                   "{{||static void tick(void *d) {}\n}}"
                   "void start(void *d) { {{||init_timer(tick, d);}} }\n")
                .escapes(),
            "x.c:3:34: the address of tick is passed to init_timer by start\n");
}

TEST(FindEscapes, FunctionOfTheTargetIsNone) {
  EXPECT_EQ(Case()
                .c("void init_timer(void (*)(void *), void *);\n"
                   "static void tick(void *d) {}\n"
                   "void *p = tick;\n"
                   "void start(void *d) { {{||init_timer(tick, d);}} }\n")
                .escapes(),
            "");
}

TEST(FindEscapes, TableOfFunctionsThatIsStored) {
  EXPECT_EQ(
      Case()
          .c("struct ops { int (*read)(int); };\nstruct device { const struct ops *ops; };\n"
             "{{||static int mine(int a) { return a; }\n"
             "static const struct ops table = { mine };\n}}"
             "void open(struct device *d) { {{||const struct ops *o = &table; d->ops = o;}} }\n")
          .escapes(),
      "x.c:5:70: the address of table is stored in d->ops by open\n");
}

TEST(FindEscapes, ChangedTableInAnUnchangedFunction) {
  EXPECT_EQ(Case()
                .c("struct device { const int *sizes; };\n"
                   "static const int sizes[2] = { 1, {{2||3}} };\n"
                   "void open(struct device *d) { d->sizes = sizes; }\n")
                .escapes(),
            "x.c:3:42: the address of sizes is stored in d->sizes by open\n");
}

TEST(FindEscapes, StringCountsWhereItIsStored) {
  EXPECT_EQ(Case()
                .c("void print(const char *);\nstruct device { const char *name; };\n"
                   "void open(struct device *d) { {{||print(\"a\"); d->name = \"b\";}} }\n")
                .escapes(),
            "x.c:3:53: the address of a string is stored in d->name by open\n");
}

TEST(FindEscapes, WhatInlineFunctionsDoWithAnAddressIsLookedAt) {
  EXPECT_EQ(Case()
                .c("struct list { struct list *next; };\n"
                   "static inline void inc(int *n) { ++*n; }\n"
                   "static inline void add(struct list *a, struct list *b) { b->next = a; }\n"
                   "struct list head;\n"
                   "{{||static int count;\nstatic struct list entry;\n}}"
                   "void f(void) { {{||inc(&count); add(&entry, &head);}} }\n")
                .escapes(),
            "x.c:7:33: the address of entry is passed to add by f\n");
}

TEST(FindEscapes, UseWithinThePayloadIsNone) {
  EXPECT_EQ(Case()
                .c("{{||static int one(int a) { return a; }\nstatic int two(int a) { return -a; }\n"
                   "static int (*chosen)(int);\n}}"
                   "int f(int a) { {{||int (*g)(int) = a ? one : two; chosen = one; return g(a); }}"
                   "return 0; }\n")
                .escapes(),
            "");
}

} // namespace
} // namespace suture::builder
