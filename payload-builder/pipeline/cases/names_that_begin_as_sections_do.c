A function's own section is not taken for one that its name begins like, or has: .text.startup_irq.
//// base a.c
int percpu_count = 1;
int startup_irq(int x) { return x + percpu_count; }
int startup(int x) { return x - percpu_count; }
int unpatchable_like(int x) { return x * 3 + x % 7 + percpu_count; }
int unpatchable(int x) { return x * 3 + x % 11; }
//// patched a.c
int percpu_count = 1;
int percpu;
int startup_irq(int x) { return x + percpu_count + 7; }
int startup(int x) { return x - percpu_count - ++percpu; }
int unpatchable_like(int x) { return x * 5 + x % 7 + percpu_count; }
int unpatchable(int x) { return x * 5 + x % 11; }
//// expect built
//// expect replaced startup_irq: changed
//// expect replaced startup: changed
//// expect replaced unpatchable_like: changed
//// expect replaced unpatchable: changed
//// expect carries percpu
//// expect needs percpu_count
