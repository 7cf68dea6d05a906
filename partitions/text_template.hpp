#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// Texts of mails as Mustache templates: {{name}}, {{#name}}...{{/name}} when there is one,
/// {{^name}}...{{/name}} when there is none, {{! a comment }}. Pure; any thread.
namespace postroom::partitions {

/// A name that templates may use, and what stands for it; blank: sections see none.
struct text_value {
  std::string_view name;
  std::string value;
};
using text_values = std::vector<text_value>;

enum class text_format : uint8_t { plain, html };

struct template_problem {
  std::string what;
  std::string remedy;
};

inline constexpr std::size_t max_template_tags = 100;
/// Of each value, in bytes. {{text}} of a forged mail goes to whoever it names: we are no relay for
/// long messages.
inline constexpr std::size_t max_text_value = 4096;
/// Of what a template of at most 64 KiB becomes, in bytes.
inline constexpr std::size_t max_filled_text = 256u << 10;

/// What keeps a text from being such a template over `known`, at most ten problems. Partials and
/// other delimiters are refused: they would bring in what has not been checked. Whoever calls has
/// bounded the text.
std::vector<template_problem> check_template(const std::string& text,
                                             std::span<const std::string_view> known);

/// Fills in a text that `check_template` finds no fault with. In HTML every value is escaped,
/// also that of {{{name}}} and {{&name}}; what a value holds is never taken for a tag. Long values
/// are shortened until the whole has at most `max_filled_text` bytes. A broken template gives an
/// empty text.
std::string fill_template(const std::string& text, const text_values& values, text_format format);

/// Templates that are parsed beforehand, as parsing costs more than filling in; for the texts of
/// one version of a partition. Never changes: any thread.
class parsed_templates {
 public:
  /// Of the texts that are kept parsed, in bytes. Each word and blank is an object of the library:
  /// one of nothing else takes up to three hundred times as much in memory, 10 MiB.
  static constexpr std::size_t max_kept = 32u << 10;

  parsed_templates() = default;
  /// Those that do not fit, or would be refused for bringing in others, are parsed each time.
  explicit parsed_templates(const std::vector<std::string>& texts);
  /// As `fill_template`, of any text.
  [[nodiscard]] std::string fill(const std::string& text, const text_values& values,
                                 text_format format) const;
  [[nodiscard]] bool keeps(const std::string& text) const { return kept_.contains(text); }

 private:
  struct one;
  std::unordered_map<std::string, std::shared_ptr<const one>> kept_;
};

}  // namespace postroom::partitions
