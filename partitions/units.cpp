#include <algorithm>
#include <charconv>
#include <limits>

#include "mail/fold.hpp"
#include "partitions/model.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

struct unit {
  std::string_view name;
  uint64_t factor;
};

constexpr unit duration_units[] = {
    {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr unit size_units[] = {
    {"", 1}, {"B", 1}, {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}};

/// A whole number with one of the units behind it; nothing else around.
template <std::size_t N>
result<uint64_t> parse_with_unit(std::string_view text, const unit (&units)[N],
                                 const char* example) {
  const std::string hint = std::string("write a whole number and a unit, such as ") + example;
  uint64_t number = 0;
  const auto [rest, err] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (err == std::errc::result_out_of_range) return fail(ec::config_invalid, "is far too large");
  if (err != std::errc{}) return fail(ec::config_invalid, hint);
  const std::string_view name(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  const auto* found = std::ranges::find(units, name, &unit::name);
  if (found == std::end(units)) return fail(ec::config_invalid, hint);
  // Also a duration (signed milliseconds) must hold the product.
  constexpr auto most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (number > most / found->factor) return fail(ec::config_invalid, "is far too large");
  return number * found->factor;
}

/// Exactly `text`, all digits.
bool parse_digits(std::string_view text, unsigned& value) {
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return false;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

}  // namespace

result<duration> parse_duration(std::string_view text) {
  auto ms = parse_with_unit(text, duration_units, "30s, 5m, 2h or 4d");
  if (!ms) return ms.error();
  return duration{static_cast<int64_t>(*ms)};
}

result<uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, size_units, "512KiB, 64MiB or 1GiB");
}

result<start_from> parse_start_from(std::string_view text) {
  if (text == "now") return start_from{start_kind::now, {}};
  if (text == "all") return start_from{start_kind::all, {}};
  const error wrong = fail(ec::config_invalid, "write now, all or a day such as 2026-11-01");
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return wrong;
  unsigned y = 0, m = 0, d = 0;
  if (!parse_digits(text.substr(0, 4), y) || !parse_digits(text.substr(5, 2), m) ||
      !parse_digits(text.substr(8, 2), d)) {
    return wrong;
  }
  const std::chrono::year_month_day day{std::chrono::year{static_cast<int>(y)},
                                        std::chrono::month{m}, std::chrono::day{d}};
  if (!day.ok()) return fail(ec::config_invalid, "there is no such day in the calendar");
  return start_from{start_kind::date, time_point{std::chrono::sys_days{day}}};
}

std::string fold_address(std::string_view address) {
  return mail::fold_address(text::trim(address));
}

}  // namespace postroom::partitions
