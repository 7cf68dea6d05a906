#include "partitions/spam_score.hpp"

#include <charconv>
#include <cmath>

#include "mail/ascii.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

/// The number at the start, taken off it.
std::optional<double> take_number(std::string_view& text) {
  text = text::trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double out = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, out, std::chars_format::fixed);
  if (failed != std::errc{} || !std::isfinite(out)) return {};
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return out;
}

}  // namespace

std::optional<double> read_spam_score(std::string_view value) {
  constexpr std::string_view name = "score=";
  if (const auto at = mail::find_ignoring_case(value, name); at != std::string_view::npos)
    value.remove_prefix(at + name.size());
  else if (const auto open = value.find('['); open != std::string_view::npos)
    value.remove_prefix(open + 1);
  return take_number(value);
}

std::optional<double> read_decimal(std::string_view text) {
  const auto out = take_number(text);
  return text.empty() ? out : std::nullopt;
}

}  // namespace postroom::partitions
