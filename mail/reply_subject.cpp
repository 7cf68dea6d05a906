#include "mail/reply_subject.hpp"

#include <algorithm>

#include "mail/ascii.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_pattern = 100, max_subject = 1000, max_name = 40, max_found = 10;

bool is_name_char(char c) {
  return is_alnum(c) || c == '-';
}

}  // namespace

result<reply_subject> reply_subject::make(std::string_view pattern) {
  const auto text = clean_line(pattern);
  auto problem = [&](std::string_view what) {
    return fail(ec::config_invalid,
                "subject pattern \"" + text.substr(0, max_pattern) + "\" " + std::string(what));
  };
  if (text.size() > max_pattern) return problem("is longer than 100 bytes; shorten it");
  const auto open = text.find('{'), close = text.find('}');
  const auto name = open < close && close != std::string::npos ? text.substr(open, close - open + 1)
                                                               : std::string{};
  if (name != "{call}" && name != "{number}")
    return problem(
        "has no place for the number; write {call} (IT-000123) or {number} (123) into it");
  if (text.find_first_of("{}", close + 1) != std::string::npos)
    return problem("has more than one place in braces; leave one");
  reply_subject out;
  out.x_before_ = lowered(text.substr(0, open));
  out.x_after_ = lowered(text.substr(close + 1));
  out.x_is_call_ = name == "{call}";
  if (!out.x_is_call_ && trimmed(out.x_before_).empty())
    return problem("would take any number; write what stands before it, such as \"Call {number}\"");
  return out;
}

std::optional<subject_reference> reply_subject::at(std::string_view subject,
                                                   std::size_t begin) const {
  auto end = begin;
  while (end < subject.size() && end - begin <= max_name &&
         (x_is_call_ ? is_name_char(subject[end]) : is_digit(subject[end])))
    ++end;
  const auto name = subject.substr(begin, end - begin);
  const auto rest = subject.substr(end);
  // Without a text around it the name must stand alone.
  const bool ends = x_after_.empty() ? rest.empty() || !is_name_char(rest[0])
                                     : starts_ignoring_case(rest, x_after_);
  const bool starts = begin == 0 || !x_before_.empty() || !is_name_char(subject[begin - 1]);
  if (!ends || !starts) return std::nullopt;
  if (!x_is_call_) {
    const auto number = read_call_number(name);
    return number ? std::optional(subject_reference{{}, *number}) : std::nullopt;
  }
  auto call = read_call_name(name);
  return call ? std::optional(subject_reference{std::move(call->part), call->number})
              : std::nullopt;
}

std::vector<subject_reference> reply_subject::find(std::string_view subject) const {
  const auto line = clean_line(subject.substr(0, max_subject));
  std::vector<subject_reference> out;
  for (std::size_t begin = 0; begin < line.size() && out.size() < max_found; ++begin) {
    if (!starts_ignoring_case(std::string_view(line).substr(begin), x_before_)) continue;
    auto found = at(line, begin + x_before_.size());
    if (found && std::find(out.begin(), out.end(), *found) == out.end())
      out.push_back(std::move(*found));
  }
  return out;
}

}  // namespace postroom::mail
