// SPDX-License-Identifier: Apache-2.0
// The tables of checks in docs/ say what the code says: each error code once, with its check
// number, errno and text.

#include "runtime/error/error.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace suture {
namespace {

struct Row {
  std::string_view name;
  std::string number, check, text;
};

std::string errnoName(std::string_view name) {
  const std::map<std::string_view, std::string> names{
      {"NoEntry", "ENOENT"},       {"TooBig", "E2BIG"},       {"NoMemory", "ENOMEM"},
      {"Fault", "EFAULT"},         {"Busy", "EBUSY"},         {"Exists", "EEXIST"},
      {"Invalid", "EINVAL"},       {"NoSpace", "ENOSPC"},     {"Range", "ERANGE"},
      {"NoData", "ENODATA"},       {"Overflow", "EOVERFLOW"}, {"NotSupported", "EOPNOTSUPP"},
      {"NoBufferSpace", "ENOBUFS"}};
  return names.at(name);
}

const Row rows[] = {
#define SUTURE_X(name, errnoEnumerator, check, text)                                               \
  {#name, errnoName(#errnoEnumerator), check == 0 ? "ours" : #check, text},
    SUTURE_ERRORS(SUTURE_X)
#undef SUTURE_X
};

std::string read(const char *path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

size_t count(std::string_view text, std::string_view part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(Docs, HaveEachErrorCodeOnceWithItsErrnoAndText) {
  const std::string payload = read("docs/payload-format.md");
  const std::string control = read("docs/control-interface.md");
  ASSERT_FALSE(payload.empty());
  ASSERT_FALSE(control.empty());
  for (const Row &row : rows) {
    const std::string tail =
        "`" + std::string(row.name) + "` | " + row.number + " | " + row.text + " |\n";
    const std::string withCheck = "| " + row.check + " | " + tail;
    EXPECT_EQ(count(payload, withCheck) + count(control, "| " + tail), 1u)
        << "expected in docs/: " << withCheck;
  }
}

} // namespace
} // namespace suture
