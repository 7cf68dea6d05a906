#include "mail/html_scan.hpp"

#include "mail/fields.hpp"

namespace postroom::mail {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::size_t html_scan::tag_end(std::size_t from) {
  for (auto at = from; !x_ignore_quotes_ && at < x_in_.size(); ++at) {
    if (x_in_[at] == '>') return at + 1;
    if (x_in_[at] != '=') continue;
    auto value = x_in_.find_first_not_of(" \t\r\n", at + 1);
    if (value == std::string_view::npos) break;
    at = value - 1;
    if (x_in_[value] != '"' && x_in_[value] != '\'') continue;
    at = x_in_.find(x_in_[value], value + 1);
    if (at == std::string_view::npos) break;
  }
  x_ignore_quotes_ = true;
  auto end = x_in_.find('>', from);
  return end == std::string_view::npos ? x_in_.size() : end + 1;
}

std::size_t html_scan::after_end_of(std::string_view name, std::size_t from) {
  for (auto at = x_in_.find("</", from); at != std::string_view::npos;
       at = x_in_.find("</", at + 2))
    if (equal_ignoring_case(x_in_.substr(at + 2, name.size()), name)) return tag_end(at);
  return x_in_.size();
}

std::size_t html_scan::after_declaration(std::size_t at) const {
  auto rest = x_in_.substr(at);
  char next = rest.size() > 1 ? rest[1] : '\0';
  if (next != '!' && next != '?') return 0;
  std::string_view mark = rest.substr(0, 4) == "<!--" ? "-->" : ">";
  auto end = x_in_.find(mark, at + 2);
  return end == std::string_view::npos ? x_in_.size() : end + mark.size();
}

std::string_view html_scan::name_at(std::size_t at) const {
  auto start = at + 1;
  if (start < x_in_.size() && x_in_[start] == '/') ++start;
  if (start >= x_in_.size() || !is_letter(x_in_[start])) return {};
  auto stop = start;
  while (stop < x_in_.size() &&
         (is_letter(x_in_[stop]) || (x_in_[stop] >= '0' && x_in_[stop] <= '9')))
    ++stop;
  return x_in_.substr(start, stop - start);
}

}  // namespace postroom::mail
