A function of which callers had a part inline, and which is a whole one with what it inlines now, changes these callers.
//// compilers gcc
//// base b.c
struct timer;
void wake(struct timer *t) { asm volatile("" ::"r"(t)); }
//// base a.c
struct timer {
  struct timer *next;
  int on, count, lock, owner;
};
extern void wake(struct timer *);
static inline __attribute__((always_inline)) void take(struct timer *t) {
  while (t->owner && t->lock) {
    t->owner = t->count % 7;
    t->lock ^= t->on * 31;
  }
  t->lock++;
  asm volatile("lfence; lfence; lfence; lfence" ::: "memory");
  wake(t);
  wake(t);
  wake(t);
  wake(t);
}
static void resume(struct timer *t) {
  if (!t->next)
    return;
  take(t);
  if (t->on) {
    t->count = t->count * 3 + t->lock;
    wake(t);
    wake(t->next);
  }
  t->lock--;
}
void one(struct timer *t) {
  if (t) {
    resume(t);
    resume(t->next);
  }
}
void two(struct timer *t, int n) {
  for (int i = 0; i < n; i++)
    resume(&t[i]);
}
//// patched a.c
struct timer {
  struct timer *next;
  int on, count, lock, owner;
};
extern void wake(struct timer *);
static inline __attribute__((always_inline)) void take(struct timer *t) {
  char *room = __builtin_alloca((unsigned long)t->count);
  asm volatile("" ::"r"(room) : "memory");
  while (t->owner && t->lock) {
    t->owner = t->count % 7;
    t->lock ^= t->on * 31;
  }
  t->lock++;
  asm volatile("lfence; lfence; lfence; lfence" ::: "memory");
  wake(t);
  wake(t);
  wake(t);
  wake(t);
}
static void resume(struct timer *t) {
  if (!t->next)
    return;
  take(t);
  if (t->on) {
    t->count = t->count * 3 + t->lock;
    wake(t);
    wake(t->next);
  }
  t->lock--;
}
void one(struct timer *t) {
  if (t) {
    resume(t);
    resume(t->next);
  }
}
void two(struct timer *t, int n) {
  for (int i = 0; i < n; i++)
    resume(&t[i]);
}
//// expect built
//// expect replaced one: relies on
//// expect replaced two: relies on
