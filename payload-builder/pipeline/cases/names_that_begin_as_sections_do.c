A function's own section is not taken for one that its name begins like: .text.startup_irq.
//// base a.c
int percpu_count = 1;
int startup_irq(int x) { return x + percpu_count; }
int unpatchable_like(int x) { return x * 3 + x % 7 + percpu_count; }
//// patched a.c
int percpu_count = 1;
int startup_irq(int x) { return x + percpu_count + 7; }
int unpatchable_like(int x) { return x * 5 + x % 7 + percpu_count; }
//// expect built
//// expect replaced startup_irq: changed
//// expect replaced unpatchable_like: changed
//// expect needs percpu_count
