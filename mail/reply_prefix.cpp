#include "mail/reply_prefix.hpp"

#include <algorithm>
#include <array>

#include "mail/ascii.hpp"

namespace postroom::mail {

namespace {

constexpr int max_prefixes = 20;

/// In lower case. "R", "I" and "SV" are what Italian and Nordic programs write.
constexpr std::array<std::string_view, 31> words{
    "re",  "aw",  "antw", "antwort", "fw",   "fwd",  "wg",   "wtr",  "doorst", "tr", "rv",
    "enc", "res", "ref",  "rif",     "r",    "i",    "sv",   "vs",   "vl",     "vb", "odp",
    "pd",  "ynt", "ilt",  "回复",    "回覆", "答复", "转发", "返信", "회신"};

/// "[2]" or "(2)" behind the word counts how often it was answered.
std::string_view without_count(std::string_view s) {
  if (s.empty() || (s.front() != '[' && s.front() != '(')) return s;
  const char closes = s.front() == '[' ? ']' : ')';
  const auto end = s.find(closes);
  const auto digits = s.substr(1, end == std::string_view::npos ? 0 : end - 1);
  if (digits.empty() || digits.size() > 3 || !std::ranges::all_of(digits, is_digit)) return s;
  return s.substr(end + 1);
}

/// What stands behind the prefix; all of it when there is none.
std::string_view without_one(std::string_view s) {
  constexpr std::string_view wide_colon = "：";
  for (const auto word : words) {
    if (!starts_ignoring_case(s, word) || s.size() < word.size()) continue;
    const auto rest = trimmed(without_count(trimmed(s.substr(word.size()))));
    if (rest.starts_with(':')) return trimmed(rest.substr(1));
    if (rest.starts_with(wide_colon)) return trimmed(rest.substr(wide_colon.size()));
  }
  return s;
}

}  // namespace

std::string_view without_reply_prefixes(std::string_view subject) {
  auto rest = trimmed(subject);
  for (int i = 0; i < max_prefixes; ++i) {
    const auto shorter = without_one(rest);
    if (shorter.size() == rest.size()) return rest;
    rest = shorter;
  }
  return rest;
}

}  // namespace postroom::mail
