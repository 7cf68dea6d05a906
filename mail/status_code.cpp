#include "mail/status_code.hpp"

#include "mail/ascii.hpp"

namespace postroom::mail {

namespace {

/// How many digits, at most three, are at the start; 0 also when there are more.
std::size_t digits_at(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && n < 4 && is_digit(text[n])) ++n;
  return n == 4 ? 0 : n;
}

/// The length of the code x.y.z at the start of the text; 0: there is none. Parts of IP addresses
/// and version numbers are none.
std::size_t code_at(std::string_view text) {
  if (text.size() < 5 || text[1] != '.' || (text[0] != '2' && text[0] != '4' && text[0] != '5'))
    return 0;
  const auto subject = digits_at(text.substr(2));
  auto at = 2 + subject;
  if (subject == 0 || at >= text.size() || text[at] != '.') return 0;
  const auto detail = digits_at(text.substr(++at));
  at += detail;
  const auto rest = text.substr(at);
  const bool goes_on = !rest.empty() && (is_alnum(rest[0]) || rest[0] == '_' ||
                                         (rest[0] == '.' && rest.size() > 1 && is_alnum(rest[1])));
  return detail == 0 || goes_on ? 0 : at;
}

/// Whether a code may begin behind this character.
bool opens_code(char c) {
  return !is_alnum(c) && c != '.' && c != '_' && c != '/' && c != '@' && c != '[';
}

/// An SMTP reply code of failure (RFC 5321 section 4.2) at the start of the text.
bool is_reply_at(std::string_view text) {
  if (text.size() < 3 || (text[0] != '4' && text[0] != '5') || text[1] < '0' || text[1] > '5' ||
      !is_digit(text[2]))
    return false;
  static constexpr std::string_view ends = " -:,;>\r\n";
  return text.size() == 3 || ends.find(text[3]) != std::string_view::npos;
}

/// Calls `use(text from there on)` wherever a code may begin, until it says false.
template <class Use>
void each_number(std::string_view text, Use use) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if (is_digit(text[at]) && (at == 0 || opens_code(text[at - 1])) && !use(text.substr(at)))
      return;
}

}  // namespace

std::string find_status(std::string_view text) {
  std::string_view best;
  each_number(text, [&](std::string_view rest) {
    const auto code = rest.substr(0, code_at(rest));
    if (!code.empty() && (best.empty() || !is_class_only(code))) best = code;
    return true;
  });
  return std::string(best);
}

char find_reply_class(std::string_view text) {
  char found = 0;
  each_number(text, [&](std::string_view rest) {
    if (is_reply_at(rest)) found = rest[0];
    return found == 0;
  });
  return found;
}

std::string guess_status(std::string_view text, char cls) {
  if (auto code = find_status(text); !code.empty()) return code;
  const auto reply = find_reply_class(text);
  const auto words = status_by_words(text);
  if (reply != 0) return std::string(1, reply).append(words.empty() ? ".0.0" : words);
  if (words.empty()) return {};
  return std::string(1, tells_of_retries(text) ? '4' : cls).append(words);
}

std::string read_status(std::string_view value) {
  value = trimmed(value);
  return std::string(value.substr(0, code_at(value)));
}

bool is_class_only(std::string_view status) noexcept {
  return status.size() < 5 || status.substr(1) == ".0.0";
}

}  // namespace postroom::mail
