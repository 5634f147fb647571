No code names the entry: whoever walks through the section finds the target's.
//// link --no-gc-sections
//// base a.c
extern const int __start_entries[], __stop_entries[];
__attribute__((section("entries"), used)) static const int entry = 5;
int sum(void) {
  int result = 0;
  for (const int *next = __start_entries; next != __stop_entries; ++next)
    result += *next;
  return result;
}
//// patched a.c
extern const int __start_entries[], __stop_entries[];
__attribute__((section("entries"), used)) static const int entry = 6;
int sum(void) {
  int result = 0;
  for (const int *next = __start_entries; next != __stop_entries; ++next)
    result += *next;
  return result;
}
//// expect refused
//// expect refused initializer-of-live-data-changed entry
