#include <algorithm>
#include <charconv>
#include <cmath>

#include "partitions/checks.hpp"
#include "partitions/scanning.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_field_name = 100;
constexpr double largest_score = 10'000;

void check_clamd(findings& f, const std::string& clamd) {
  if (clamd.empty()) return;
  if (const auto parsed = parse_scanner_address(clamd); !parsed)
    f.add("scanning.clamd", show(clamd) + " is no address of a scanner", parsed.error().detail);
}

/// RFC 5322, 3.6.8: printable ASCII but for the colon.
bool is_field_name(std::string_view name) {
  return name.size() <= max_field_name &&
         std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

bool is_score(std::string_view text) {
  double score = 0;
  const auto [end, err] =
      std::from_chars(text.data(), text.data() + text.size(), score, std::chars_format::fixed);
  return err == std::errc{} && end == text.data() + text.size() &&
         std::abs(score) <= largest_score;  // neither for infinity nor for what is no number
}

void check_spam(findings& f, const config::v1::Scanning& s) {
  if (!is_field_name(s.spam_header()))
    f.add("scanning.spam_header", show(s.spam_header()) + " is no name of a header field",
          "write it without the colon, such as X-Spam-Score");
  if (!s.spam_above().empty() && !is_score(s.spam_above()))
    f.add("scanning.spam_above", show(s.spam_above()) + " is no score",
          "write a number, such as 15 or 7.5");
  const bool has_score = !s.spam_above().empty();
  if (s.spam_header().empty() && (has_score || s.spam_header_anywhere()))
    f.add("scanning.spam_header",
          std::string("is missing, although there is `") +
              (has_score ? "spam_above`" : "spam_header_anywhere`"),
          "name the field in which your side's filter writes the score, such as X-Spam-Score");
  if (!s.spam_header().empty() && s.spam_above().empty())
    f.add("scanning.spam_above", "is missing, although there is `spam_header`",
          "write from which score on a mail is spam, such as 15");
  check_word(f, "scanning.spam", s.spam(), {"quarantine", "tag"});
}

}  // namespace

void check_scanning(findings& f, const config::v1::Scanning& s) {
  check_clamd(f, s.clamd());
  check_word(f, "scanning.infected", s.infected(), {"quarantine", "tag"});
  check_word(f, "scanning.unreachable", s.unreachable(), {"wait", "accept"});
  check_duration(f, "scanning.timeout", s.timeout(), "1s", "10m");
  check_size(f, "scanning.max_size", s.max_size(), "1KiB", "1GiB");
  check_spam(f, s);
}

}  // namespace postroom::partitions
