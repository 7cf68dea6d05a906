#include "mail/call_name.hpp"

#include <algorithm>
#include <charconv>

#include "mail/ascii.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_code = 12, max_digits = 20;

}  // namespace

std::optional<call_number> read_call_number(std::string_view digits) {
  uint64_t number = 0;
  const auto* end = digits.data() + digits.size();
  if (digits.empty() || digits.size() > max_digits || !is_digit(digits[0])) return std::nullopt;
  const auto [stop, problem] = std::from_chars(digits.data(), end, number);
  if (problem != std::errc{} || stop != end || number == 0) return std::nullopt;
  return call_number{number};
}

std::optional<call_name> read_call_name(std::string_view text) {
  const auto hyphen = text.rfind('-');
  if (hyphen == std::string_view::npos || hyphen == 0 || hyphen > max_code) return std::nullopt;
  std::string code(text.substr(0, hyphen));
  if (!std::all_of(code.begin(), code.end(), [](char c) { return is_alnum(c) || c == '-'; }))
    return std::nullopt;
  for (auto& c : code) c = upper(c);
  const auto number = read_call_number(text.substr(hyphen + 1));
  if (!number) return std::nullopt;
  return call_name{partition_id{std::move(code)}, *number};
}

}  // namespace postroom::mail
