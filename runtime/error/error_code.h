// SPDX-License-Identifier: Apache-2.0
#pragma once
// One code for each distinct check of the livepatch core. The number in the third column is the row
// of docs/payload-format.md's table of checks (0: a check that Xen does not make).
//
// The list is data: SUTURE_ERRORS(X) calls X(name, errno, check, text) once for each code. In the
// text, these stand for fields of Error: {section} {entry} {offset} {value} {hex} {allowed}
// {signed} {top} {subject} {other} ({hex}: value in hexadecimal; {offset} always is).

#include <cstdint>

// clang-format off
#define SUTURE_ERRORS(X) \
  /* The name and the payload as handed over. */ \
  X(NameSizeOutOfRange, Invalid, 1, "name of {value} bytes with its NUL: allowed are 2 to {allowed}") \
  X(NamePaddingNotZero, Invalid, 1, "padding after the name's size is not zero") \
  X(UploadNameUnreadable, Invalid, 1, "the name of {value} bytes cannot be read from the caller") \
  X(NameUnreadable, Fault, 1, "the name of {value} bytes cannot be read from the caller") \
  X(NameNotTerminated, Invalid, 1, "the name's last byte (of {value}) is not NUL") \
  X(NameContainsNul, Invalid, 0, "the name has a NUL at byte {offset} of {value}, before its end") \
  X(NameHasControlCharacter, Invalid, 0, "the name has control character {hex} at byte {offset}") \
  X(PayloadSizeZero, Invalid, 2, "the payload is empty (0 bytes)") \
  X(PayloadTooLarge, Invalid, 2, "payload of {value} bytes: at most {allowed} are allowed") \
  X(PayloadOutsideCaller, Fault, 3, "the payload's {value} bytes do not lie in the caller's memory") \
  X(NameInUse, Exists, 4, "a payload named '{subject}' is loaded already") \
  X(NoMemoryForFile, NoMemory, 5, "no memory for a payload file of {value} bytes") \
  X(NoMemoryForPayload, NoMemory, 5, "no memory for the payload's record") \
  X(PayloadUnreadable, Fault, 6, "the payload's {value} bytes cannot be read from the caller") \
  /* ELF header. */ \
  X(TooShortForHeader, Invalid, 7, "file of {value} bytes is shorter than an ELF header ({allowed})") \
  X(NotElf, Invalid, 7, "not an ELF file: starts with {hex}") \
  X(BadElfVersion, NotSupported, 8, "ELF header: e_version is {value}, not {allowed}") \
  X(BadIdentVersion, NotSupported, 8, "ELF header: EI_VERSION is {value}, not {allowed}") \
  X(BadAbiVersion, NotSupported, 8, "ELF header: EI_ABIVERSION is {value}, not {allowed}") \
  X(BadOsAbi, NotSupported, 8, "ELF header: EI_OSABI is {value}, not 0 (none) or 9 (FreeBSD)") \
  X(NotRelocatable, NotSupported, 8, "ELF header: e_type is {value}, not {allowed} (relocatable)") \
  X(HasProgramHeaders, NotSupported, 8, "ELF header: {value} program headers, allowed are none") \
  X(WrongMachine, NotSupported, 9, "ELF header: e_machine is {value}, not {allowed} (x86-64)") \
  X(WrongClass, NotSupported, 9, "ELF header: EI_CLASS is {value}, not {allowed} (64 bits)") \
  X(WrongByteOrder, NotSupported, 9, "ELF header: EI_DATA is {value}, not {allowed} (little-endian)") \
  X(NoSectionNameTable, Invalid, 10, "ELF header: e_shstrndx is 0, so sections have no names") \
  X(TooManySections, NotSupported, 11, "{value} sections, allowed are at most {allowed}") \
  X(SectionNameTableIndexOutOfRange, Invalid, 12, "ELF header: e_shstrndx is {value}, past the {allowed} sections") \
  X(SectionTableOffsetOutOfRange, Invalid, 12, "section table at {hex}, past the file's end ({allowed} bytes)") \
  X(SectionHeaderTooSmall, Invalid, 12, "ELF header: e_shentsize is {value}, at least {allowed} is needed") \
  X(SectionTableOutOfRange, Invalid, 12, "section table of {value} entries at {offset} ends past the file's end ({allowed} bytes)") \
  X(NoMemoryForSections, NoMemory, 13, "no memory for a table of {value} sections") \
  /* Sections. */ \
  X(SectionDataInHeader, Invalid, 14, "section [{section}]: its data at {offset} lies inside the ELF header") \
  X(SectionDataOutOfRange, Invalid, 14, "section [{section}]: {value} bytes at {offset} end past the file's end ({allowed} bytes)") \
  X(AlignmentNotPowerOfTwo, NotSupported, 15, "section [{section}]: alignment {value} is not a power of two") \
  X(AddressNotAligned, Invalid, 16, "section [{section}]: address {hex} is not aligned to {allowed}") \
  X(NobitsTooLarge, Invalid, 17, "section [{section}]: NOBITS of {value} bytes, allowed are {allowed}") \
  X(SecondSymbolTable, NotSupported, 18, "section [{section}] is a second symbol table; the first is [{value}]") \
  X(StringTableIndexOutOfRange, Invalid, 19, "section [{section}]: the symbol table's sh_link is {value}, past the {allowed} sections") \
  X(NoSymbolTable, Invalid, 19, "no symbol table among {value} sections") \
  X(SymbolTableEmpty, Invalid, 19, "section [{section}]: the symbol table is empty") \
  X(SymbolEntryTooSmall, Invalid, 19, "section [{section}]: symbol entries of {value} bytes, at least {allowed} are needed") \
  X(SymbolTableSizeNotMultiple, Invalid, 19, "section [{section}]: symbol table of {value} bytes is not a multiple of its entries' {allowed}") \
  X(SymbolNamesNotStringTable, Invalid, 20, "section [{section}] holds the symbols' names but has type {value}, not {allowed}") \
  X(SymbolNamesEmpty, Invalid, 20, "section [{section}]: the symbols' string table is empty") \
  X(SymbolNamesNotTerminated, Invalid, 20, "section [{section}]: byte {offset} of the symbols' string table is {hex}, not NUL") \
  X(SectionNamesNotStringTable, Invalid, 20, "section [{section}] holds the sections' names but has type {value}, not {allowed}") \
  X(SectionNamesEmpty, Invalid, 20, "section [{section}]: the sections' string table is empty") \
  X(SectionNamesNotTerminated, Invalid, 20, "section [{section}]: byte {offset} of the sections' string table is {hex}, not NUL") \
  X(SectionNameOutOfRange, Invalid, 21, "section [{section}]: its name at {value} is past the string table's {allowed} bytes") \
  X(SymbolNameOutOfRange, Invalid, 21, "symbol [{entry}]: its name at {value} is past the string table's {allowed} bytes") \
  X(NoMemoryForSymbols, NoMemory, 21, "no memory for {value} symbols") \
  /* The hypervisor that the payload was built for. */ \
  X(XenDependsMissing, Invalid, 22, "section {subject} is missing: the payload does not say which hypervisor it is for") \
  X(XenDependsMalformed, Invalid, 22, "section {subject} is not a build-id note: {other}") \
  X(HypervisorMismatch, Invalid, 22, "built for another hypervisor: {subject}, running is {other}") \
  X(HypervisorHasNoBuildId, NoData, 23, "the running hypervisor has no build-id to compare with") \
  /* Layout. */ \
  X(WritableAndExecutable, NotSupported, 24, "section [{section}] {subject} is both writable and executable") \
  X(AlignmentAbovePage, NotSupported, 0, "section [{section}] {subject}: alignment {value}, allowed is {allowed}") \
  X(NoMemoryForLayout, NoMemory, 25, "no memory for {value} bytes of payload") \
  X(NoAddressSpace, NoMemory, 25, "no free addresses within reach of the hypervisor for {value} bytes of payload") \
  /* Symbols. */ \
  X(CommonSymbol, Invalid, 26, "symbol [{entry}] {subject} is a common symbol: compile with -fno-common") \
  X(UndefinedSymbol, NoEntry, 27, "symbol [{entry}] {subject} is neither in the hypervisor nor exported by a loaded payload") \
  X(AmbiguousSymbol, NoEntry, 0, "symbol [{entry}] {subject}: the hypervisor has more than one of that name") \
  X(ReservedSectionIndex, NotSupported, 28, "symbol [{entry}] {subject} has reserved section index {hex}") \
  X(SymbolSectionOutOfRange, Invalid, 29, "symbol [{entry}] {subject} is in section {value}, past the {allowed} sections") \
  /* Relocations. */ \
  X(RelocationLinkWrong, Invalid, 30, "section [{section}] {subject}: sh_link is {value}, the symbol table is [{allowed}]") \
  X(RelocationEntryTooSmall, Invalid, 30, "section [{section}] {subject}: relocation entries of {value} bytes, at least {allowed} are needed") \
  X(RelocationSizeNotMultiple, Invalid, 30, "section [{section}] {subject}: {value} bytes are not a multiple of its entries' {allowed}") \
  X(RelNotSupported, NotSupported, 31, "section [{section}] {subject}: SHT_REL relocations are not supported, use SHT_RELA") \
  X(RelocationWithoutSymbol, NotSupported, 32, "section [{section}] {subject}: relocation [{entry}] has no symbol") \
  X(RelocationSymbolOutOfRange, Invalid, 33, "section [{section}] {subject}: relocation [{entry}] names symbol {value} of {allowed}") \
  X(RelocationSymbolNotLoaded, Invalid, 33, "section [{section}] {subject}: relocation [{entry}] refers to {other}, whose section is not loaded") \
  X(RelocationTypeUnsupported, NotSupported, 34, "section [{section}] {subject}: relocation [{entry}] at {offset} has type {value} ({other}); allowed are NONE, 64, PC32, PLT32") \
  X(RelocationOffsetOutOfRange, Invalid, 35, "section [{section}] {subject}: relocation [{entry}] at {offset} is past the target section's {allowed} bytes") \
  X(RelocationOverflow, Overflow, 36, "section [{section}] {subject}: relocation [{entry}] at {offset} to {other}: {hex} does not fit 32 bits") \
  /* Sections of the payload ABI. */ \
  X(SectionMissing, Invalid, 37, "section {subject} is missing") \
  X(SectionEmpty, Invalid, 37, "section [{section}] {subject} is empty") \
  X(NothingToPatch, Invalid, 38, "no .livepatch.funcs and no hooks: there is nothing to patch") \
  X(PatchSectionEmpty, Invalid, 38, "section [{section}] {subject} is empty") \
  X(FuncsSizeNotMultiple, Invalid, 39, "section [{section}] {subject}: {value} bytes are not a multiple of {allowed}") \
  X(NoMemoryForFunctions, NoMemory, 39, "no memory for the state of {value} functions") \
  X(FuncVersionUnsupported, NotSupported, 40, "function [{entry}]: version {value}, not {allowed}") \
  X(OldSizeZero, Invalid, 41, "function [{entry}]: old_size is 0") \
  X(FuncNameBad, Invalid, 0, "function [{entry}]: its name at {hex} is not a string inside the payload") \
  X(OldFunctionUnknown, NoEntry, 42, "function [{entry}] {subject} is neither in the hypervisor nor exported by a loaded payload") \
  X(OldFunctionAmbiguous, NoEntry, 0, "function [{entry}] {subject}: the hypervisor has more than one of that name") \
  X(NopTooLong, NotSupported, 43, "function [{entry}] {subject}: NOP patch of {value} bytes, allowed are {allowed}") \
  X(NopLongerThanFunction, Invalid, 44, "function [{entry}] {subject}: NOP patch of {value} bytes, the function has {allowed}") \
  X(NopEmpty, Invalid, 0, "function [{entry}] {subject}: NOP patch of {value} bytes overwrites nothing; ENDBR64 takes {allowed}") \
  X(OldFunctionTooSmall, Invalid, 44, "function [{entry}] {subject} has {value} bytes, the jump needs {allowed}") \
  X(OldAddressNotText, Fault, 0, "function [{entry}] {subject}: {hex} is not text of the hypervisor or of a payload") \
  X(NewAddressNotText, Invalid, 0, "function [{entry}] {subject}: the new code's address {hex} is not text of this payload or of the hypervisor") \
  X(JumpOutOfReach, Overflow, 45, "function [{entry}] {subject} at {offset}: new code at {hex} is out of a jump's reach (2 GiB)") \
  X(FunctionUnpatchable, NotSupported, 0, "function [{entry}] {subject} at {hex} touches {other}, which must not be patched: the livepatch path itself runs it") \
  X(FunctionPatchedTwice, Invalid, 0, "function [{entry}] {subject} overlaps function [{value}] of the same payload") \
  X(HookSizeNotMultiple, Invalid, 46, "section [{section}] {subject}: {value} bytes are not a multiple of {allowed}") \
  X(HookSizeWrong, Invalid, 46, "section [{section}] {subject}: {value} bytes, exactly {allowed} are allowed") \
  X(HookNotText, Invalid, 0, "section [{section}] {subject}: hook [{entry}] at {hex} is not text of this payload or of the hypervisor") \
  X(NoMemoryForHooks, NoMemory, 46, "no memory for {value} hooks") \
  /* Build-id notes. */ \
  X(NoteTooShort, Invalid, 47, "section [{section}] {subject}: note of {value} bytes, more than {allowed} are needed") \
  X(NoteOwnerTooShort, Invalid, 47, "section [{section}] {subject}: the note's owner has {value} bytes, at least {allowed} are needed") \
  X(NoteOutOfRange, Invalid, 47, "section [{section}] {subject}: the note's owner and description need {value} bytes, the section has {allowed}") \
  X(NoteTypeWrong, NoData, 48, "section [{section}] {subject}: note type {value}, not {allowed} (NT_GNU_BUILD_ID)") \
  X(NoteOwnerWrong, NoData, 48, "section [{section}] {subject}: the note's owner is not GNU") \
  X(NoteEmpty, Invalid, 47, "section [{section}] {subject}: the build-id has 0 bytes") \
  X(BuildIdTooLong, Invalid, 0, "section [{section}] {subject}: build-id of {value} bytes, allowed are {allowed}") \
  X(BuildIdInUse, Exists, 49, "build-id {subject} is loaded already, as payload '{other}'") \
  /* Special sections. */ \
  X(SpecialSizeNotMultiple, Invalid, 50, "section [{section}] {subject}: {value} bytes are not a multiple of its entries' {allowed}") \
  X(AlternativesWithoutText, Invalid, 51, "section [{section}] {subject}: alternatives, but the payload has no text") \
  X(AlternativesWithoutReplacement, Invalid, 51, "section [{section}] {subject}: alternatives, but no .altinstr_replacement") \
  X(AlternativeOriginOutside, Invalid, 51, "section [{section}] {subject}: entry [{entry}]: {value} bytes at {offset} are not inside the payload's text") \
  X(AlternativeReplacementOutside, Invalid, 51, "section [{section}] {subject}: entry [{entry}]: replacement of {value} bytes at {offset} is outside .altinstr_replacement") \
  X(AlternativeTooLong, NoSpace, 52, "section [{section}] {subject}: a replacement is longer than what it replaces") \
  X(AlternativeFeatureOutOfRange, Range, 52, "section [{section}] {subject}: an alternative names a CPU feature that is out of range") \
  X(AlternativeCallOutside, Invalid, 53, "section [{section}] {subject}: entry [{entry}]: the call at {offset} is not inside the payload's text") \
  X(AlternativeCallBadInstruction, Invalid, 53, "section [{section}] {subject}: entry [{entry}] at {offset} is not an indirect call (FF 15)") \
  X(SpecialSectionMalformed, Invalid, 52, "section [{section}] {subject}: the platform refuses an instruction it names") \
  X(NoMemoryForSpecial, NoMemory, 50, "section [{section}] {subject}: no memory to register it") \
  X(SpecialNotSupported, NotSupported, 54, "section [{section}] {subject}: this hypervisor supports no such section") \
  X(ModinfoEmpty, Invalid, 55, "section [{section}] {subject} is empty") \
  X(ModinfoNotTerminated, Invalid, 55, "section [{section}] {subject}: its last byte is {hex}, not NUL") \
  X(DuplicateNewSymbol, Exists, 57, "symbol [{entry}] {subject} is new in this payload, but {other} has one of that name") \
  X(NoMemoryForSymbolTable, NoMemory, 58, "no memory for a table of {value} symbols") \
  X(ProtectFailed, NoMemory, 58, "the payload's pages could not be made read-only and executable") \
  /* Expectations, at apply. */ \
  X(ExpectationReservedBits, Invalid, 0, "function [{entry}] {subject}: reserved bits of the expectation are {hex}, not 0") \
  X(ExpectationLongerThanFunction, Range, 0, "function [{entry}] {subject}: expectation of {value} bytes, the function has {allowed}") \
  X(ExpectationUnreadable, Fault, 0, "function [{entry}] {subject}: the {value} expected bytes at {offset} are not all text") \
  X(ExpectationMismatch, Invalid, 0, "function [{entry}] {subject}: byte {offset} is not as expected: found {top}, expected {other}") \
  /* Requests. */ \
  X(OpFlagsNotZero, Invalid, 0, "the operation's flags word is {hex}, not 0") \
  X(UnknownCommand, NotSupported, 0, "unknown operation {hex}") \
  X(RequestPaddingNotZero, Invalid, 0, "padding in the request is not zero") \
  X(ListTooLong, TooBig, 0, "{value} entries asked for, at most {allowed} a call") \
  X(ListBufferBad, Invalid, 0, "the {subject} array for {value} entries does not lie in the caller's memory") \
  X(ListIndexOutOfRange, Invalid, 0, "index {value}, but there are {allowed} payloads") \
  X(ListBufferTooSmall, NoBufferSpace, 0, "the {subject} buffer of {allowed} bytes has no room for {value} more, for entry {entry}") \
  X(ListUnwritable, Fault, 0, "entry {entry} cannot be written to the caller's {subject} array") \
  X(UnknownName, NoEntry, 0, "no payload named '{subject}'") \
  X(ActionInProgress, Busy, 0, "an action on '{subject}' is under way") \
  X(SlotBusy, Busy, 0, "an action on '{subject}' is under way; one at a time") \
  X(UnknownAction, NotSupported, 0, "unknown action {value}") \
  X(UnknownActionFlags, Invalid, 0, "unknown action flags {hex}: known are {allowed}") \
  X(FlagsNotForAction, Invalid, 0, "flag NODEPS means nothing for {subject}: it is for apply") \
  X(WrongState, Invalid, 0, "cannot {other} '{subject}': it is {top}") \
  X(NotTopOfStack, Busy, 0, "cannot revert '{subject}': '{other}' is on top of the stack; revert that first") \
  X(ReapplyNeedsReload, Invalid, 0, "'{subject}' was applied before and has writable data that may have changed: unload and upload it again") \
  X(DependsMismatch, Invalid, 0, "'{subject}' depends on build-id {other}, which is not what is on top of the stack ({top})") \
  X(ReplaceDependsMismatch, Invalid, 0, "'{subject}' depends on build-id {other}, not on the hypervisor's own: it cannot replace the whole stack") \
  X(ReplaceVetoingHooks, NotSupported, 0, "cannot replace with '{subject}': '{other}' has pre or post hooks, which replace cannot run") \
  X(PreHookFailed, Invalid, 0, "the pre-{other} hook of '{subject}' said no ({signed})") \
  X(ActionHookFailed, Invalid, 0, "the {other} hook of '{subject}' failed ({signed})") \
  X(ActionHookInconsistent, Invalid, 0, "the {other} hook of '{subject}' returned success but left the functions as they were") \
  X(SymbolsInUse, Busy, 0, "cannot unload '{subject}': '{other}' is linked to it") \
  X(MustStayLoaded, Busy, 0, "cannot unload '{subject}': it was applied, and addresses of its own may be in the hypervisor's data since (unload=no in its metadata)") \
  X(QuiesceTimedOut, Busy, 0, "{value} of {allowed} CPUs stopped within {subject} ns; nothing was changed") \
  X(QuiesceBusy, Busy, 0, "the hypervisor could not start to stop its CPUs; nothing was changed") \
  X(NoMemoryForAction, NoMemory, 0, "no memory to check the action") \
  X(TopOnProbation, Busy, 0, "'{subject}' is on probation: confirm or revert it first") \
  X(ProbationNotForAction, Invalid, 0, "probation is for apply and replace, not for {subject}") \
  X(ProbationZero, Invalid, 0, "probation of 0 ms") \
  X(NotOnProbation, Invalid, 0, "'{subject}' is not on probation") \
  /* Frames. */ \
  X(FrameTooLong, TooBig, 0, "frame of {value} bytes, allowed are {allowed}") \
  X(FrameTooShort, Invalid, 0, "frame of {value} bytes is shorter than its own contents ({allowed})") \
  X(FrameLengthWrong, Invalid, 0, "frame of {value} bytes, its contents take {allowed}") \
  X(FrameBadMagic, Invalid, 0, "frame starts with {hex}, not with 0x52545553") \
  X(FrameVersionUnknown, NotSupported, 0, "frame version {value}, known is {allowed}") \
  X(FrameKindUnknown, Invalid, 0, "frame kind {value} is not a request") \
  X(FrameReservedNotZero, Invalid, 0, "fields of the frame header that must be 0 are not") \
  X(FrameTooManySegments, Invalid, 0, "{value} segments, allowed are {allowed}") \
  X(FrameSegmentBad, Invalid, 0, "segment [{entry}]: direction {value} is not in (1) or out (2), or its address range wraps") \
  X(FrameResponseTooLong, TooBig, 0, "the answer may need {value} bytes, a frame holds {allowed}")
// clang-format on

namespace suture {

enum class ErrorCode : uint16_t {
#define SUTURE_X(name, errnoName, check, text) name,
  SUTURE_ERRORS(SUTURE_X)
#undef SUTURE_X
};

/// Number of codes.
inline constexpr uint16_t errorCodeCount = 0
#define SUTURE_X(name, errnoName, check, text) +1
    SUTURE_ERRORS(SUTURE_X)
#undef SUTURE_X
    ;

} // namespace suture
