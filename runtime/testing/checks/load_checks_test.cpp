// SPDX-License-Identifier: Apache-2.0
// Checks 22 to 58 on the payload's contents: each case breaks one thing of a valid payload.

#include "runtime/testing/checks/scene.h"

#include <algorithm>
#include <cstring>

namespace suture::testing {
namespace {

namespace section = format::section;

template <typename Change> auto withFile(Change change) {
  return [=](Scene &scene) {
    PayloadFile file = scene.valid();
    change(file);
    return file.build();
  };
}

/// A payload with one function that is not `victim` as usual.
auto withFunction(FileFunction function) {
  return [=](Scene &scene) {
    PayloadFile file = scene.empty();
    file.addFunction(function);
    return file.build();
  };
}

/// A payload that is valid, on a platform that is not as usual.
template <typename Change> auto onPlatform(Change change) {
  return [=](Scene &scene) {
    change(scene.platform);
    return scene.valid().build();
  };
}

/// A payload with one relocation too many, against `.text`.
auto withRelocation(FileRelocation relocation) {
  return withFile(
      [=](PayloadFile &file) { file.section(".text").relocations.push_back(relocation); });
}

const BadFile identityCases[] = {
    {ErrorCode::XenDependsMissing,
     withFile([](PayloadFile &file) { file.removeSection(section::xenDepends); })},
    {ErrorCode::XenDependsMalformed,
     withFile([](PayloadFile &file) { file.section(section::xenDepends).data.resize(12); })},
    {ErrorCode::HypervisorMismatch,
     withFile([](PayloadFile &file) { file.section(section::xenDepends).data.back() ^= 1; })},
    {ErrorCode::HypervisorMismatch,
     [](Scene &scene) {
       PayloadFile file = scene.valid();
       file.section(section::xenDepends).data =
           PayloadFile::note(scene.platform.buildId().first(19));
       return file.build();
     }},
    {ErrorCode::HypervisorHasNoBuildId,
     [](Scene &scene) {
       Bytes bytes = scene.valid().build();
       scene.platform.setBuildId({});
       return bytes;
     }},
    {ErrorCode::SectionMissing,
     withFile([](PayloadFile &file) { file.removeSection(section::depends); })},
    {ErrorCode::SectionMissing,
     withFile([](PayloadFile &file) { file.removeSection(section::buildId); })},
    {ErrorCode::SectionEmpty,
     withFile([](PayloadFile &file) { file.section(section::depends).data.clear(); })},
    {ErrorCode::NoteTooShort,
     withFile([](PayloadFile &file) { file.section(section::buildId).data.resize(12); })},
    {ErrorCode::NoteTooShort,
     withFile([](PayloadFile &file) { file.section(section::depends).data.resize(3); })},
    {ErrorCode::NoteTypeWrong,
     withFile([](PayloadFile &file) { file.section(section::buildId).data[8] = 4; })},
    {ErrorCode::NoteOwnerTooShort,
     withFile([](PayloadFile &file) { file.section(section::buildId).data[0] = 3; })},
    {ErrorCode::NoteOwnerWrong,
     withFile([](PayloadFile &file) { file.section(section::buildId).data[12] = 'X'; })},
    {ErrorCode::NoteOutOfRange,
     withFile([](PayloadFile &file) { file.section(section::buildId).data[4] = 21; })},
    // The sizes of owner and description wrap around in 32 bits.
    {ErrorCode::NoteOutOfRange, withFile([](PayloadFile &file) {
       std::fill_n(file.section(section::buildId).data.begin() + 4, 4, uint8_t{0xff});
     })},
    {ErrorCode::NoteEmpty,
     withFile([](PayloadFile &file) { file.section(section::depends).data[4] = 0; })},
    {ErrorCode::BuildIdTooLong, withFile([](PayloadFile &file) {
       file.section(section::buildId).data = PayloadFile::note(std::vector<uint8_t>(65));
     })},
    {ErrorCode::BuildIdInUse,
     [](Scene &scene) {
       expectDone(scene.upload("first", scene.valid()));
       return scene.valid().build();
     }},
};

const BadFile symbolCases[] = {
    {ErrorCode::NoMemoryForSymbols,
     onPlatform([](FakePlatform &platform) { platform.failNext(Fallible::Allocate, 1); })},
    {ErrorCode::CommonSymbol, withFile([](PayloadFile &file) {
       file.addSymbol({.name = "common", .section = elf::indexCommon});
     })},
    {ErrorCode::UndefinedSymbol,
     withFile([](PayloadFile &file) { file.addSymbol({.name = "nowhere"}); })},
    {ErrorCode::AmbiguousSymbol,
     [](Scene &scene) {
       scene.platform.addSymbol("twice", Scene::other, 8);
       scene.platform.markAmbiguous("twice");
       PayloadFile file = scene.valid();
       file.addSymbol({.name = "twice"});
       return file.build();
     }},
    {ErrorCode::ReservedSectionIndex,
     withFile([](PayloadFile &file) { file.addSymbol({.name = "odd", .section = 0xff00}); })},
    {ErrorCode::SymbolSectionOutOfRange,
     withFile([](PayloadFile &file) { file.addSymbol({.name = "far", .section = 900}); })},
    {ErrorCode::DuplicateNewSymbol, withFile([](PayloadFile &file) {
       file.section(".text").data.resize(64);
       file.addSymbol({.name = "other", .section = file.indexOf(".text"), .value = 32});
     })},
    {ErrorCode::DuplicateNewSymbol,
     [](Scene &scene) {
       PayloadFile first = scene.empty(2);
       first.addFunction({.name = "other"});
       first.section(".text").data.resize(64);
       first.addSymbol({.name = "helper", .section = first.indexOf(".text"), .value = 32});
       expectDone(scene.upload("first", first));
       PayloadFile second = scene.valid();
       second.section(".text").data.resize(64);
       second.addSymbol({.name = "helper", .section = second.indexOf(".text"), .value = 32});
       return second.build();
     }},
};

const BadFile relocationCases[] = {
    {ErrorCode::RelocationLinkWrong,
     [](Scene &scene) {
       PayloadFile file = scene.valid();
       Bytes bytes = file.build();
       // The relocations of .livepatch.funcs come after the symbols' and before the names.
       const auto index = static_cast<uint32_t>(file.sections().size() + 3);
       patch(bytes, sectionHeaderOffset(bytes, index) + offsetof(elf::SectionHeader, link), 1u);
       return bytes;
     }},
    {ErrorCode::RelocationEntryTooSmall,
     [](Scene &scene) {
       PayloadFile file = scene.valid();
       Bytes bytes = file.build();
       const auto index = static_cast<uint32_t>(file.sections().size() + 3);
       patch(bytes, sectionHeaderOffset(bytes, index) + offsetof(elf::SectionHeader, entrySize),
             uint64_t{23});
       return bytes;
     }},
    {ErrorCode::RelocationSizeNotMultiple,
     [](Scene &scene) {
       PayloadFile file = scene.valid();
       Bytes bytes = file.build();
       const auto index = static_cast<uint32_t>(file.sections().size() + 3);
       patch(bytes, sectionHeaderOffset(bytes, index) + offsetof(elf::SectionHeader, entrySize),
             uint64_t{25});
       return bytes;
     }},
    {ErrorCode::RelNotSupported,
     [](Scene &scene) {
       PayloadFile file = scene.valid();
       Bytes bytes = file.build();
       const auto index = static_cast<uint32_t>(file.sections().size() + 3);
       patch(bytes, sectionHeaderOffset(bytes, index) + offsetof(elf::SectionHeader, type),
             elf::sectionRel);
       return bytes;
     }},
    {ErrorCode::RelocationWithoutSymbol, withRelocation({.symbol = 0})},
    {ErrorCode::RelocationSymbolOutOfRange, withRelocation({.symbol = 1000})},
    {ErrorCode::RelocationSymbolNotLoaded, withFile([](PayloadFile &file) {
       const uint16_t notes = file.addSection({.name = ".comment", .data = {1, 2}});
       const uint32_t symbol = file.addSymbol({.name = "unloaded", .section = notes});
       file.section(".text").relocations.push_back({.symbol = symbol});
     })},
    // R_X86_64_32S
    {ErrorCode::RelocationTypeUnsupported, withRelocation({.symbol = 1, .type = 11})},
    // R_X86_64_GOTPCREL
    {ErrorCode::RelocationTypeUnsupported, withRelocation({.symbol = 1, .type = 9})},
    {ErrorCode::RelocationOffsetOutOfRange, withRelocation({.offset = 9, .symbol = 1})},
    {ErrorCode::RelocationOffsetOutOfRange,
     withRelocation({.offset = ~uint64_t{0} - 2, .symbol = 1})},
    {ErrorCode::RelocationOffsetOutOfRange, withRelocation({.offset = 13, .symbol = 1, .type = 2})},
    {ErrorCode::RelocationOverflow,
     withRelocation({.symbol = 1, .type = 2, .addend = int64_t{1} << 33})},
};

const BadFile functionCases[] = {
    {ErrorCode::NothingToPatch, [](Scene &scene) { return scene.empty().build(); }},
    {ErrorCode::PatchSectionEmpty, withFile([](PayloadFile &file) {
       file.section(section::funcs).data.clear();
       file.section(section::funcs).relocations.clear();
     })},
    {ErrorCode::FuncsSizeNotMultiple,
     withFile([](PayloadFile &file) { file.section(section::funcs).data.push_back(0); })},
    {ErrorCode::NoMemoryForFunctions,
     onPlatform([](FakePlatform &platform) { platform.failNext(Fallible::Allocate, 2); })},
    {ErrorCode::FuncVersionUnsupported, withFunction({.name = "victim", .version = 1})},
    {ErrorCode::OldSizeZero, withFunction({.name = "victim", .oldSize = 0})},
    {ErrorCode::FuncNameBad, withFunction({.name = ""})},
    {ErrorCode::OldFunctionUnknown, withFunction({.name = "nobody"})},
    {ErrorCode::OldFunctionUnknown, withFunction({.name = "nobody+0x10"})},
    {ErrorCode::OldFunctionAmbiguous,
     [](Scene &scene) {
       scene.platform.markAmbiguous("victim");
       return scene.valid().build();
     }},
    {ErrorCode::NopTooLong, withFunction({.name = "victim", .code = {}, .nopSize = 32})},
    {ErrorCode::NopLongerThanFunction,
     withFunction({.name = "victim", .oldSize = 7, .code = {}, .nopSize = 8})},
    {ErrorCode::NopEmpty, withFunction({.name = "victim", .code = {}, .nopSize = 0})},
    // What underflows in Xen: fewer bytes than the ENDBR64 that stays.
    {ErrorCode::NopEmpty,
     [](Scene &scene) {
       scene.platform.poke(Scene::victim, format::endbr64);
       return withFunction({.name = "victim", .code = {}, .nopSize = 3})(scene);
     }},
    {ErrorCode::OldFunctionTooSmall, withFunction({.name = "victim", .oldSize = 4})},
    {ErrorCode::OldFunctionTooSmall,
     [](Scene &scene) {
       scene.platform.poke(Scene::victim, format::endbr64);
       return withFunction({.name = "victim", .oldSize = 8})(scene);
     }},
    {ErrorCode::OldFunctionTooSmall,
     [](Scene &scene) {
       scene.platform.poke(Scene::victim, format::poisonedEndbr64);
       return withFunction({.name = "victim", .oldSize = 8})(scene);
     }},
    {ErrorCode::OldAddressNotText, withFunction({.name = "victim", .oldAddress = 0x1000})},
    // The function ends where the text does, the jump does not.
    {ErrorCode::OldAddressNotText,
     withFunction({.name = "victim",
                   .oldAddress = FakePlatform::textStart.value + FakePlatform::textSize - 4})},
    {ErrorCode::NewAddressNotText, withFile([](PayloadFile &file) {
       // The pointer to the new code, moved past the text.
       file.section(section::funcs).relocations.back().addend = 4096;
     })},
    {ErrorCode::JumpOutOfReach,
     [](Scene &scene) {
       scene.platform.setPayloadAddress(FakePlatform::textStart + (uint64_t{3} << 30));
       return scene.valid().build();
     }},
    {ErrorCode::FunctionUnpatchable, onPlatform([](FakePlatform &platform) {
       platform.addUnpatchable(Scene::victim + 60, Scene::victim + 200, "entry_from_guest");
     })},
    {ErrorCode::FunctionPatchedTwice, withFile([](PayloadFile &file) {
       file.addFunction({.name = "other"});
       file.addFunction({.name = "victim+4", .oldSize = 32});
     })},
};

const BadFile hookCases[] = {
    {ErrorCode::HookSizeNotMultiple, withFile([](PayloadFile &file) {
       file.addHook(section::hooksLoad);
       file.section(section::hooksLoad).data.resize(12);
     })},
    {ErrorCode::HookSizeWrong, withFile([](PayloadFile &file) {
       file.addHook(section::hooksPreapply);
       file.addHook(section::hooksPreapply);
     })},
    {ErrorCode::HookNotText, withFile([](PayloadFile &file) {
       file.addSection({.name = section::hooksUnload,
                        .flags = elf::flagAlloc,
                        .data = std::vector<uint8_t>(8)});
     })},
    {ErrorCode::HookNotText, withFile([](PayloadFile &file) {
       file.addSection({.name = section::hooksApply,
                        .flags = elf::flagAlloc,
                        .data = std::vector<uint8_t>(8, 1)});
     })},
    {ErrorCode::NoMemoryForHooks,
     [](Scene &scene) {
       PayloadFile file = scene.valid();
       file.addHook(section::hooksLoad);
       scene.platform.failNext(Fallible::Allocate, 4);
       return file.build();
     }},
};

FileSection special(std::string name, std::vector<uint8_t> data) {
  return {.name = std::move(name), .flags = elf::flagAlloc, .data = std::move(data)};
}

/// One `.altinstructions` entry whose origin is `text` bytes into `.text` and whose replacement is
/// `replacement` bytes into its section.
void addAlternative(PayloadFile &file, int64_t text, uint8_t textLength, int64_t replacement,
                    uint8_t replacementLength) {
  const uint16_t from = file.indexOf(".text");
  const uint16_t to = file.addSection({.name = ".altinstr_replacement",
                                       .flags = elf::flagAlloc | elf::flagExecute,
                                       .data = std::vector<uint8_t>(8, 0x90)});
  std::vector<uint8_t> entry(14);
  entry[10] = textLength;
  entry[11] = replacementLength;
  FileSection table = special(".altinstructions", entry);
  const uint32_t fromSymbol = file.addSymbol({.name = "", .section = from});
  const uint32_t toSymbol = file.addSymbol({.name = "", .section = to});
  table.relocations = {{.offset = 0, .symbol = fromSymbol, .type = 2, .addend = text},
                       {.offset = 4, .symbol = toSymbol, .type = 2, .addend = replacement}};
  file.addSection(table);
}

void addAlternativeCall(PayloadFile &file, int64_t text) {
  FileSection table = special(".alt_call_sites", std::vector<uint8_t>(4));
  const uint32_t symbol = file.addSymbol({.name = "", .section = file.indexOf(".text")});
  table.relocations = {{.offset = 0, .symbol = symbol, .type = 2, .addend = text}};
  file.addSection(table);
}

const BadFile specialCases[] = {
    {ErrorCode::SpecialSizeNotMultiple, withFile([](PayloadFile &file) {
       file.addSection(special(".bug_frames.2", std::vector<uint8_t>(9)));
     })},
    {ErrorCode::SpecialSizeNotMultiple, withFile([](PayloadFile &file) {
       file.addSection(special(".ex_table", std::vector<uint8_t>(12)));
     })},
    {ErrorCode::AlternativesWithoutText,
     [](Scene &scene) {
       PayloadFile file = scene.empty();
       file.addFunction({.name = "victim", .code = {}, .nopSize = 8});
       file.addSection(special(".altinstructions", std::vector<uint8_t>(14)));
       return file.build();
     }},
    {ErrorCode::AlternativesWithoutReplacement, withFile([](PayloadFile &file) {
       file.addSection(special(".altinstructions", std::vector<uint8_t>(14)));
     })},
    {ErrorCode::AlternativeOriginOutside,
     withFile([](PayloadFile &file) { addAlternative(file, 4000, 5, 0, 5); })},
    {ErrorCode::AlternativeReplacementOutside,
     withFile([](PayloadFile &file) { addAlternative(file, 0, 5, 4, 5); })},
    {ErrorCode::AlternativeTooLong,
     [](Scene &scene) {
       scene.platform.failSpecial(SpecialError::TooLong);
       return withFile([](PayloadFile &file) { addAlternative(file, 0, 5, 0, 5); })(scene);
     }},
    {ErrorCode::AlternativeFeatureOutOfRange,
     [](Scene &scene) {
       scene.platform.failSpecial(SpecialError::FeatureOutOfRange);
       return withFile([](PayloadFile &file) { addAlternative(file, 0, 5, 0, 5); })(scene);
     }},
    {ErrorCode::SpecialSectionMalformed,
     [](Scene &scene) {
       scene.platform.failSpecial(SpecialError::BadInstruction);
       return withFile([](PayloadFile &file) { addAlternative(file, 0, 5, 0, 5); })(scene);
     }},
    {ErrorCode::NoMemoryForSpecial,
     [](Scene &scene) {
       scene.platform.failSpecial(SpecialError::NoMemory);
       return withFile([](PayloadFile &file) {
         file.addSection(special(".ex_table", std::vector<uint8_t>(8)));
       })(scene);
     }},
    {ErrorCode::AlternativeCallOutside,
     withFile([](PayloadFile &file) { addAlternativeCall(file, 12); })},
    {ErrorCode::AlternativeCallBadInstruction,
     withFile([](PayloadFile &file) { addAlternativeCall(file, 0); })},
    {ErrorCode::SpecialNotSupported,
     [](Scene &scene) {
       scene.platform.refuseSpecialSections();
       return withFile([](PayloadFile &file) {
         file.addSection(special(".bug_frames.0", std::vector<uint8_t>(8)));
       })(scene);
     }},
    {ErrorCode::ModinfoEmpty,
     withFile([](PayloadFile &file) { file.addSection(special(section::modinfo, {})); })},
    {ErrorCode::ModinfoNotTerminated, withFile([](PayloadFile &file) {
       file.addSection(special(section::modinfo, {'a', '=', 'b'}));
     })},
};

const BadFile finalCases[] = {
    {ErrorCode::NoMemoryForSymbolTable,
     [](Scene &scene) {
       PayloadFile file = scene.valid();
       file.addSymbol({.name = "fresh", .section = file.indexOf(".text"), .value = 8});
       scene.platform.failNext(Fallible::Allocate, 4);
       return file.build();
     }},
    {ErrorCode::ProtectFailed,
     onPlatform([](FakePlatform &platform) { platform.failNext(Fallible::ProtectPayload); })},
};

class LoaderChecks : public ::testing::TestWithParam<BadFile> {};

TEST_P(LoaderChecks, RefusesAndLeavesNothingBehind) { expectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Identity, LoaderChecks, ::testing::ValuesIn(identityCases), nameOfCase);
INSTANTIATE_TEST_SUITE_P(Symbol, LoaderChecks, ::testing::ValuesIn(symbolCases), nameOfCase);
INSTANTIATE_TEST_SUITE_P(Relocation, LoaderChecks, ::testing::ValuesIn(relocationCases),
                         nameOfCase);
INSTANTIATE_TEST_SUITE_P(Function, LoaderChecks, ::testing::ValuesIn(functionCases), nameOfCase);
INSTANTIATE_TEST_SUITE_P(Hook, LoaderChecks, ::testing::ValuesIn(hookCases), nameOfCase);
INSTANTIATE_TEST_SUITE_P(Special, LoaderChecks, ::testing::ValuesIn(specialCases), nameOfCase);
INSTANTIATE_TEST_SUITE_P(Final, LoaderChecks, ::testing::ValuesIn(finalCases), nameOfCase);

TEST(LoaderAccepts, AlternativesThatAreInOrder) {
  Scene scene;
  PayloadFile file = scene.valid();
  addAlternative(file, 0, 5, 3, 5);
  expectDone(scene.upload("fix", file));
  ASSERT_EQ(scene.platform.attached().size(), 1u);
  EXPECT_EQ(scene.platform.attached()[0].kind, SpecialKind::Alternatives);
}

TEST(LoaderAccepts, SpecialSectionsThatAreForgottenWithThePayload) {
  Scene scene;
  PayloadFile file = scene.valid();
  addAlternative(file, 0, 5, 3, 5);
  expectDone(scene.upload("fix", file));
  EXPECT_EQ(std::ranges::count(scene.platform.calls(), "detach"), 0);
  expectDone(scene.request("fix", Action::Unload));
  EXPECT_EQ(std::ranges::count(scene.platform.calls(), "detach"), 1);
  // Also when the load fails after they were handed over.
  file.addSection(special(section::modinfo, {'a', '=', 'b'}));
  expectError(scene.upload("fix", file), ErrorCode::ModinfoNotTerminated);
  EXPECT_EQ(std::ranges::count(scene.platform.calls(), "detach"), 2);
}

TEST(LoaderAccepts, EmptySpecialSections) {
  Scene scene;
  PayloadFile file = scene.valid();
  file.addSection(special(".altinstructions", {}));
  file.addSection(special(".alt_call_sites", {}));
  expectDone(scene.upload("fix", file));
}

TEST(LoaderAccepts, SymbolsOfOtherPayloadsAndAbsoluteOnes) {
  Scene scene;
  PayloadFile first = scene.valid(1);
  first.section(".text").data.resize(64);
  first.addSymbol({.name = "helper", .section = first.indexOf(".text"), .value = 32, .size = 8});
  expectDone(scene.upload("first", first));

  PayloadFile second = scene.empty(2);
  second.addFunction({.name = "other"});
  const uint32_t helper = second.addSymbol({.name = "helper"});
  const uint32_t absolute = second.addSymbol(
      {.name = "fixed", .section = elf::indexAbsolute, .value = Scene::victim.value});
  second.addSection({.name = ".rodata.pointers",
                     .flags = elf::flagAlloc,
                     .data = std::vector<uint8_t>(16),
                     .alignment = 8,
                     .relocations = {{.offset = 0, .symbol = helper},
                                     {.offset = 8, .symbol = absolute, .addend = 4}}});
  expectDone(scene.upload("second", second));
  ASSERT_NE(scene.payload("first").firstUser, nullptr);
  EXPECT_EQ(scene.payload("first").firstUser->user->name(), "second");
  EXPECT_EQ(scene.payload("first").firstUser->next, nullptr);

  const PayloadRegion &constants = scene.payload("second").loaded.memory.get().constants;
  uint64_t pointers[2] = {};
  std::memcpy(pointers, constants.bytes.data() + constants.bytes.size() - 16, 16);
  EXPECT_EQ(pointers[0], (scene.payload("first").loaded.memory.get().text.address + 32).value);
  EXPECT_EQ(pointers[1], Scene::victim.value + 4);
}

TEST(LoaderAccepts, RelocationsOfWhatIsNotLoaded) {
  // Xen passes over them: a target that is not ALLOC, and a target that there is not. Either would
  // fail at once if it were looked at.
  Scene scene;
  PayloadFile file = scene.valid();
  file.addSection({.name = ".debug_info", .data = {1}, .relocations = {{.symbol = 0, .type = 99}}});
  expectDone(scene.upload("debug", file));

  PayloadFile second = scene.empty(2);
  second.addFunction({.name = "other"});
  Bytes bytes = second.build();
  const auto index = static_cast<uint32_t>(second.sections().size() + 3);
  patch(bytes, sectionHeaderOffset(bytes, index) + offsetof(elf::SectionHeader, info), 5000u);
  // Without its relocations the function table has no names.
  expectError(scene.upload("nowhere", bytes), ErrorCode::FuncNameBad);
}

TEST(LoaderAccepts, ManyLinksToOnePayloadAndFromOne) {
  // A chain of users that comes apart in the middle, at the end and at the start.
  Scene scene;
  PayloadFile shared = scene.valid(1);
  shared.section(".text").data.resize(64);
  shared.addSymbol({.name = "helper", .section = shared.indexOf(".text"), .value = 32});
  expectDone(scene.upload("shared", shared));
  for (uint64_t seed = 2; seed <= 5; ++seed) {
    PayloadFile user = scene.empty(seed);
    user.addFunction({.name = "other"});
    user.addSymbol({.name = "helper"});
    expectDone(scene.upload("user" + std::to_string(seed), user));
  }
  for (const char *name : {"user3", "user2", "user5"}) {
    expectError(scene.request("shared", Action::Unload), ErrorCode::SymbolsInUse);
    expectDone(scene.request(name, Action::Unload));
  }
  EXPECT_EQ(scene.payload("shared").firstUser->user->name(), "user4");
  expectDone(scene.request("user4", Action::Unload));
  expectDone(scene.request("shared", Action::Unload));
}

TEST(LoaderAccepts, NamesWithAnOffset) {
  Scene scene;
  PayloadFile file = scene.empty();
  file.addFunction({.name = "victim+0x20", .oldSize = 32});
  file.addFunction({.name = "other+16", .oldSize = 32});
  expectDone(scene.upload("fix", file));
  EXPECT_EQ(scene.payload("fix").loaded.functions[0].oldAddress, Scene::victim + 0x20);
  EXPECT_EQ(scene.payload("fix").loaded.functions[1].oldAddress, Scene::other + 16);
}

TEST(LoaderAccepts, FunctionsOfOtherPayloadsAndLinksToThem) {
  Scene scene;
  PayloadFile first = scene.valid(1);
  first.section(".text").data.resize(128, 0x90);
  first.addSymbol({.name = "helper", .section = first.indexOf(".text"), .value = 64, .size = 64});
  expectDone(scene.upload("first", first));
  PayloadFile second = scene.empty(2);
  second.addFunction({.name = "helper"});
  expectDone(scene.upload("second", second));
  ASSERT_NE(scene.payload("first").firstUser, nullptr);
  EXPECT_EQ(scene.payload("first").firstUser->user->name(), "second");
  EXPECT_EQ(scene.payload("first").firstUser->next, nullptr);
  expectError(scene.request("first", Action::Unload), ErrorCode::SymbolsInUse);
}

TEST(LoaderAccepts, ReplacementsMayHaveTheNameOfWhatTheyReplace) {
  Scene scene;
  PayloadFile file = scene.valid();
  file.addSymbol({.name = "victim", .section = file.indexOf(".text"), .value = 0, .size = 6});
  expectDone(scene.upload("fix", file));
  EXPECT_FALSE(scene.core.payloads().findExport("victim"));
}

TEST(LoaderAccepts, MergeableLabelsOfTheSameNameInTwoPayloads) {
  Scene scene;
  for (uint64_t seed : {uint64_t{1}, uint64_t{2}}) {
    PayloadFile file = scene.empty(seed);
    file.addFunction({.name = seed == 1 ? "victim" : "other"});
    const uint16_t strings = file.addSection(
        {.name = ".rodata.str1.1", .flags = elf::flagAlloc | elf::flagMerge, .data = {'a', 0}});
    file.addSymbol({.name = ".L.str", .section = strings});
    expectDone(scene.upload(seed == 1 ? "a" : "b", file));
  }
}

TEST(LoaderAccepts, MetadataAndWritableData) {
  Scene scene;
  PayloadFile file = scene.valid();
  file.addSection(special(section::modinfo, {'a', '=', '1', 0}));
  file.addSection({.name = ".bss",
                   .type = elf::sectionNobits,
                   .flags = elf::flagAlloc | elf::flagWrite,
                   .alignment = 64,
                   .nobitsSize = 100});
  expectDone(scene.upload("fix", file));
  EXPECT_EQ(scene.payload("fix").loaded.metadata, std::string_view("a=1\0", 4));
  EXPECT_TRUE(scene.payload("fix").loaded.hasWritableData);
  for (std::byte byte : scene.payload("fix").loaded.memory.get().data.bytes)
    EXPECT_EQ(byte, std::byte{0});
}

} // namespace
} // namespace suture::testing
