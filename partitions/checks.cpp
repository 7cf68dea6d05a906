#include "partitions/checks.hpp"

#include <algorithm>

#include "partitions/model.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_shown_names = 20;

bool is_atext(char c) {
  // RFC 5322, 3.2.3, and everything beyond ASCII (RFC 6531).
  const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alnum || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_domain_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Pieces divided by dots, each `good` and none empty.
template <class Pred>
bool dotted(std::string_view s, Pred good) {
  if (s.empty() || s.front() == '.' || s.back() == '.') return false;
  if (s.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(s, [&](char c) { return c == '.' || good(c); });
}

template <class Parse>
void check_between(findings& f, const std::string& path, const std::string& value, Parse parse,
                   const char* least, const char* most) {
  if (value.empty()) return;
  const std::string range = std::string("from ") + least + " to " + most;
  const auto parsed = parse(value);
  if (!parsed) {
    f.add(path, show(value) + " is no valid value", parsed.error().detail + ", " + range);
  } else if (*parsed < *parse(least) || *parsed > *parse(most)) {
    f.add(path, show(value) + " is out of range", "use a value " + range);
  }
}

}  // namespace

std::string indexed(std::string_view list, int i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

std::string show(std::string_view value) {
  return "\"" + text::shorten(text::visible(value), 80) + "\"";
}

std::string one_of(const std::vector<std::string>& names) {
  std::string all = "use one of: ";
  for (std::size_t i = 0; i < names.size() && i < max_shown_names; ++i) {
    all += (i > 0 ? ", " : "") + text::shorten(text::visible(names[i]), 80);
  }
  return names.size() > max_shown_names ? all + " …" : all;
}

std::string name_list::remedy() const {
  return in_order.empty() ? "there is none: add one to `" + path + "` first" : one_of(in_order);
}

void check_name(findings& f, const std::string& path, const std::string& name,
                std::size_t max_length) {
  if (text::trim(name).empty()) {
    f.add(path, "is blank", "give it a name");
    return;
  }
  if (name.front() == ' ' || name.back() == ' ') {
    f.add(path, show(name) + " begins or ends with a blank",
          "remove the blank: names are compared as written");
  }
  check_one_line(f, path, name);
  const auto length = text::length(name);
  if (length > max_length) {
    f.add(path, show(name) + " has " + std::to_string(length) + " characters",
          "use at most " + std::to_string(max_length));
  }
}

void check_one_line(findings& f, const std::string& path, const std::string& value) {
  if (text::has_control_characters(value)) {
    f.add(path, show(value) + " holds control characters",
          "use printable characters on one line only");
  }
}

void check_reference(findings& f, const std::string& path, const std::string& name,
                     const name_list& list, bool may_be_blank) {
  if (list.has(name) && !name.empty()) return;
  if (!name.empty()) {
    f.add(path, show(name) + " is not in `" + list.path + "`", list.remedy());
  } else if (!may_be_blank) {
    f.add(path, "is missing", list.remedy());
  }
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, text::to_lower, text::to_lower);
}

void check_word(findings& f, const std::string& path, const std::string& value,
                const std::vector<std::string>& words) {
  if (value.empty() || std::ranges::find(words, value) != words.end()) return;
  const auto same = [&](const std::string& word) { return same_word(word, value); };
  const auto meant = std::ranges::find_if(words, same);
  f.add(path, show(value) + " is unknown",
        meant == words.end() ? one_of(words) : "write it as " + *meant);
}

bool is_address(std::string_view a) {
  const auto at = a.rfind('@');
  if (at == std::string_view::npos || at > 64 || a.size() - at - 1 > 255) return false;
  return dotted(a.substr(0, at), is_atext) && dotted(a.substr(at + 1), is_domain_char) &&
         !text::has_control_characters(a);
}

void check_address(findings& f, const std::string& path, const std::string& address) {
  if (address.empty()) {
    f.add(path, "is missing", "give an address such as helpdesk@example.org");
  } else if (!is_address(address)) {
    f.add(path, show(address) + " is no mail address",
          "write only the address, such as helpdesk@example.org");
  }
}

void check_duration(findings& f, const std::string& path, const std::string& value,
                    const char* least, const char* most) {
  check_between(f, path, value, parse_duration, least, most);
}

void check_size(findings& f, const std::string& path, const std::string& value, const char* least,
                const char* most) {
  check_between(f, path, value, parse_size, least, most);
}

}  // namespace postroom::partitions
