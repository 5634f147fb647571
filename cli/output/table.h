// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace suture::output {

/// Lays text out in columns. Cells of the first column that are wider than `widestFirst` get a line
/// of their own, and their row goes on below, so that one long name does not push all columns
/// apart.
/// \param header  titles, one a column.  \param rows  cells, as many in each as in the header.
/// \returns lines with a line feed each, without spaces at their ends.
std::string renderTable(const std::vector<std::string> &header,
                        const std::vector<std::vector<std::string>> &rows, size_t widestFirst = 40);

/// Lower-case hexadecimal digits of `bytes`.
std::string hex(const std::vector<unsigned char> &bytes);

} // namespace suture::output
