// SPDX-License-Identifier: Apache-2.0
#include "cli/output/table.h"

#include "cli/client/names.h"

#include <algorithm>

namespace suture::output {

using client::displayWidth;

namespace {

using Row = std::vector<std::string>;

std::vector<size_t> columnWidths(const Row &header, const std::vector<Row> &rows,
                                 size_t widestFirst) {
  std::vector<size_t> widths;
  for (size_t column = 0; column < header.size(); ++column) {
    size_t width = displayWidth(header[column]);
    for (const Row &row : rows) {
      const size_t cell = displayWidth(row[column]);
      if (column != 0 || cell <= widestFirst)
        width = std::max(width, cell);
    }
    widths.push_back(width);
  }
  return widths;
}

void appendRow(std::string &text, const Row &row, const std::vector<size_t> &widths) {
  std::string line;
  for (size_t column = 0; column < row.size(); ++column) {
    const size_t width = displayWidth(row[column]);
    line += row[column];
    if (column == 0 && width > widths[0]) {
      text += line + "\n";
      line.assign(widths[0], ' ');
    } else {
      line.append(widths[column] - width, ' ');
    }
    line += "  ";
  }
  line.erase(line.find_last_not_of(' ') + 1);
  text += line + "\n";
}

} // namespace

std::string renderTable(const Row &header, const std::vector<Row> &rows, size_t widestFirst) {
  const std::vector<size_t> widths = columnWidths(header, rows, widestFirst);
  std::string text;
  appendRow(text, header, widths);
  for (const Row &row : rows)
    appendRow(text, row, widths);
  return text;
}

std::string hex(const std::vector<unsigned char> &bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

} // namespace suture::output
