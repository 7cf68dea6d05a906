#include "app/cli_table.hpp"

#include <algorithm>

#include "app/cli_text.hpp"

namespace postroom::app {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_flexible = 8;

const char* code_of(style s) {
  switch (s) {
    case style::none:
      return "";
    case style::bold:
      return "\x1b[1m";
    case style::dim:
      return "\x1b[2m";
    case style::good:
      return "\x1b[32m";
    case style::warn:
      return "\x1b[33m";
    case style::bad:
      return "\x1b[31m";
  }
  return "";
}

std::size_t total(const std::vector<std::size_t>& widths) {
  std::size_t sum = 0;
  for (const auto w : widths) sum += w + gap;
  return sum - std::min(sum, gap);
}

/// One line, cut at `width`; colours go around what is left of each cell.
std::string line(const std::vector<column>& columns, const std::vector<cell>& row,
                 const std::vector<std::size_t>& widths, std::size_t width, bool colour) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto room = width == 0 ? widths[i] : std::min(widths[i], width - std::min(width, used));
    if (room == 0) break;
    const auto text = fit(row[i].text, room);
    const std::string pad(room - width_of(text), ' ');
    const auto painted = paint(text, row[i].style, colour);
    out += columns[i].right ? pad + painted : painted + pad;
    if (i + 1 < columns.size()) out += std::string(gap, ' ');
    used += room + gap;
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

}  // namespace

std::string paint(const std::string& text, style s, bool colour) {
  if (!colour || s == style::none || text.empty()) return text;
  return code_of(s) + text + "\x1b[0m";
}

void table::add(std::vector<cell> row) {
  for (auto& c : row) c.text = printable(c.text);
  row.resize(columns_.size(), cell{""});
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> table::widths(std::size_t width) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto widest = width_of(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, width_of(row[i].text));
    out.push_back(widest);
  }
  // The widest flexible column gives way first, so that short ones stay whole.
  while (width > 0 && total(out) > width) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < out.size(); ++i)
      if (columns_[i].flexible && out[i] > least_flexible && (!widest || out[i] > *widest))
        widest = &out[i];
    if (!widest) break;
    --*widest;
  }
  return out;
}

std::string table::render(std::size_t width, bool colour) const {
  const auto w = widths(width);
  std::vector<cell> titles;
  for (const auto& c : columns_) titles.emplace_back(c.title, style::bold);
  std::string out = line(columns_, titles, w, width, colour);
  for (const auto& row : rows_) out += line(columns_, row, w, width, colour);
  return out;
}

}  // namespace postroom::app
