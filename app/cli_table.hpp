#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace postroom::app {

enum class style : uint8_t { none, bold, dim, good, warn, bad };

/// The text in a colour, or as it is without colours. `text` must be printable.
std::string paint(const std::string& text, style s, bool colour);

struct cell {
  std::string text;
  app::style style = app::style::none;
  cell(std::string t, app::style s = app::style::none) : text(std::move(t)), style(s) {}  // NOLINT
  cell(const char* t) : text(t) {}               // NOLINT(google-explicit-constructor)
  cell(uint64_t n) : text(std::to_string(n)) {}  // NOLINT(google-explicit-constructor)
};

struct column {
  std::string title;
  bool right = false;     ///< numbers
  bool flexible = false;  ///< gives way when the terminal is too narrow
};

/// Aligned columns, two spaces apart. Cells may hold anything; they are made printable.
class table {
 public:
  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}
  /// Missing cells are empty.
  void add(std::vector<cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// `width` in terminal columns; 0: as wide as it gets. Flexible columns shrink to no less than
  /// eight; should that not suffice, lines are cut.
  [[nodiscard]] std::string render(std::size_t width, bool colour) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths(std::size_t width) const;
  std::vector<column> columns_;
  std::vector<std::vector<cell>> rows_;
};

}  // namespace postroom::app
