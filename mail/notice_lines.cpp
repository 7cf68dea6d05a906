#include "mail/notice_lines.hpp"

#include <algorithm>
#include <iterator>

#include "mail/fields.hpp"

namespace postroom::mail {

namespace {

/// How far a header is looked at to tell whether it is one.
constexpr std::size_t max_run = 60;

bool is_local_char(char c) {
  static constexpr std::string_view marks = ".!#$%&*+/=?^_`{|}~-";
  return is_alnum(c) || marks.find(c) != std::string_view::npos || static_cast<signed char>(c) < 0;
}
bool is_domain_char(char c) {
  return is_alnum(c) || c == '.' || c == '-' || c == '_' || static_cast<signed char>(c) < 0;
}

std::string_view name_of(std::string_view line) {
  line.remove_prefix(lead_of(line));
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 60) return {};
  const auto name = line.substr(0, colon);
  const bool fits = std::all_of(name.begin(), name.end(),
                                [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
  return fits ? name : std::string_view{};
}

bool is_one_of(std::string_view name, const std::vector<std::string_view>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view n) { return equal_ignoring_case(name, n); });
}

/// Fields that every mail shows to its readers, so that a notice may repeat them in its own text.
bool is_shown(std::string_view name) {
  static const std::vector<std::string_view> names = {"from", "to", "subject", "date",
                                                      "message-id"};
  return is_one_of(name, names);
}

/// Fields that only the mail itself has.
bool is_transport(std::string_view name) {
  static const std::vector<std::string_view> names = {
      "received",     "return-path", "mime-version", "dkim-signature",
      "delivered-to", "arc-seal",    "reply-to",     "user-agent"};
  return is_one_of(name, names) || starts_ignoring_case(name, "x-");
}

/// "----- Original message -----" and the like.
bool announces(std::string_view line) {
  static constexpr std::string_view words[] = {
      "original message",       "copy of the message",  "copy of your message",
      "message header",         "header of the",        "headers follow",
      "header follows",         "message follows",      "unsent message",
      "returned message",       "message text follows", "original mail",
      "copy of the original",   "returned below",       "nachrichtenkopf",
      "ursprüngliche nachricht"};
  return std::any_of(std::begin(words), std::end(words), [&](std::string_view w) {
    return find_ignoring_case(line, w) != std::string_view::npos;
  });
}

/// Whether any of the last three lines before `at` announces what follows.
bool is_announced(const std::vector<std::string_view>& lines, std::size_t at) {
  for (int looked_at = 0; at-- > 0 && looked_at < 3;) {
    if (announces(lines[at])) return true;
    looked_at += !trimmed(lines[at]).empty();
  }
  return false;
}

/// Whether a header begins in this line: with a field that only a mail itself has, or announced.
bool begins_header(const std::vector<std::string_view>& lines, std::size_t at) {
  const auto first = name_of(lines[at]);
  if (first.empty() || (!is_shown(first) && !is_transport(first))) return false;
  const auto lead = lead_of(lines[at]);
  std::size_t shown = 0, transport = 0;
  const auto end = std::min(lines.size(), at + max_run);
  for (auto i = at; i < end && trimmed(lines[i]).size() > 0; ++i) {
    if (lead_of(lines[i]) > lead) continue;  // folded
    const auto name = name_of(lines[i]);
    if (name.empty()) break;
    shown += is_shown(name);
    transport += is_transport(name);
  }
  return (transport > 0 && shown >= 2) || (shown + transport > 0 && is_announced(lines, at));
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto line = line_at(text, at);
    at += line.size();
    out.push_back(bare_line(line));
  }
  return out;
}

found_address next_address(std::string_view line, std::size_t from) {
  for (auto at = line.find('@', from); at != std::string_view::npos; at = line.find('@', at + 1)) {
    auto begin = at, end = at + 1;
    while (begin > from && is_local_char(line[begin - 1])) --begin;
    while (begin < at && (line[begin] == '.' || line[begin] == '-')) ++begin;
    while (end < line.size() && is_domain_char(line[end])) ++end;
    while (end > at + 1 && (line[end - 1] == '.' || line[end - 1] == '-')) --end;
    if (begin < at && end > at + 1) return {line.substr(begin, end - begin), begin, end};
  }
  return {};
}

std::size_t lead_of(std::string_view line) {
  static constexpr std::string_view lead = " \t>*|-\"'<";
  return std::min(line.find_first_not_of(lead), line.size());
}

std::size_t find_original(const std::vector<std::string_view>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].find(':') != std::string_view::npos && begins_header(lines, i)) return i;
  return lines.size();
}

std::size_t end_of_notice(const std::vector<std::string_view>& lines, std::size_t original) {
  while (original > 0 && (lead_of(lines[original - 1]) == lines[original - 1].size() ||
                          announces(lines[original - 1])))
    --original;
  return original;
}

std::string unquoted(const std::vector<std::string_view>& lines, std::size_t at) {
  std::string out;
  if (at >= lines.size()) return out;
  const auto mark = lines[at].substr(0, lead_of(lines[at]));
  for (; at < lines.size(); ++at) {
    auto line = lines[at];
    if (line.substr(0, mark.size()) == mark) line.remove_prefix(mark.size());
    out.append(line).append("\n");
  }
  return out;
}

}  // namespace postroom::mail
