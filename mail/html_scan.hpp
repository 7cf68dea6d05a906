#pragma once

#include <cstddef>
#include <string_view>

namespace postroom::mail {

/// Finds its way through HTML of any kind, in time linear in the bytes.
class html_scan {
 public:
  explicit html_scan(std::string_view html) : x_in_(html) {}

  /// The offset after the '>' of a tag whose name ends at `from`. A '>' in a quoted value does not
  /// end it, unless a quote is left open: then quotes mean nothing from there on.
  std::size_t tag_end(std::size_t from);

  /// The offset after the closing tag of `name`, or the end.
  std::size_t after_end_of(std::string_view name, std::size_t from);

  /// The offset after the comment, declaration or the like that starts at `at`; 0: none does.
  [[nodiscard]] std::size_t after_declaration(std::size_t at) const;

  /// The name of the tag at `at`, which is a '<', without its '/'; empty when it is only a '<'.
  [[nodiscard]] std::string_view name_at(std::size_t at) const;

 private:
  std::string_view x_in_;
  bool x_ignore_quotes_ = false;
};

}  // namespace postroom::mail
