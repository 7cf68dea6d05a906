#include "channels/imap_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "channels/imap_scanner.hpp"

namespace postroom::channels {

namespace {

constexpr std::size_t max_name = 1'000;

/// The next code point of valid UTF-8, or nothing. Refuses overlong forms and surrogates.
std::optional<char32_t> next_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t n = lead < 0x80    ? 1
                        : lead >= 0xf0 ? 4
                        : lead >= 0xe0 ? 3
                        : lead >= 0xc2 ? 2
                                       : 0;
  if (n == 0 || lead > 0xf4 || text.size() < n) return std::nullopt;
  char32_t c = n == 1 ? lead : lead & (0xffu >> (n + 1));
  for (std::size_t i = 1; i < n; ++i) {
    const auto more = static_cast<unsigned char>(text[i]);
    if ((more & 0xc0) != 0x80) return std::nullopt;
    c = c << 6 | (more & 0x3fu);
  }
  static constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return std::nullopt;
  text.remove_prefix(n);
  return c;
}

/// UTF-16 in base64 with ',' for '/' and without padding, between '&' and '-'.
void append_shifted(std::string& out, std::string_view utf16) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
  out += '&';
  uint32_t bits = 0;
  int have = 0;
  for (const char byte : utf16) {
    bits = (bits << 8 | static_cast<unsigned char>(byte)) & 0xffff;
    have += 8;
    for (; have >= 6; have -= 6) out += digits[bits >> (have - 6) & 0x3f];
  }
  if (have > 0) out += digits[bits << (6 - have) & 0x3f];
  out += '-';
}

void append_unit(std::string& utf16, char32_t unit) {
  utf16 += static_cast<char>(unit >> 8);
  utf16 += static_cast<char>(unit & 0xff);
}

std::string in_quotes(std::string_view printable) {
  std::string out = "\"";
  for (const char c : printable) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

struct code_row {
  std::string_view word;
  ec code;
};

constexpr code_row codes[] = {
    {"UNAVAILABLE", ec::server_busy},
    {"INUSE", ec::server_busy},
    {"SERVERBUG", ec::server_busy},
    {"OVERQUOTA", ec::server_busy},
    {"EXPUNGEISSUED", ec::server_busy},
    {"CONTACTADMIN", ec::server_busy},
    {"THROTTLED", ec::throttled},
    {"LIMIT", ec::throttled},
    {"AUTHENTICATIONFAILED", ec::auth_refused},
    {"AUTHORIZATIONFAILED", ec::auth_refused},
    {"EXPIRED", ec::auth_refused},
    {"PRIVACYREQUIRED", ec::auth_refused},
    {"WEBALERT", ec::auth_refused},
    {"NONEXISTENT", ec::mailbox_missing},
    {"TRYCREATE", ec::mailbox_missing},
    {"NOPERM", ec::unsupported},
    {"CANNOT", ec::unsupported},
    {"ALREADYEXISTS", ec::already_exists},
    {"CORRUPTION", ec::server_busy},
    {"CLIENTBUG", ec::protocol_violation},
};

/// What servers without response codes say when they have had enough.
constexpr std::string_view throttle_words[] = {"THROTTL", "TOO MANY", "BANDWIDTH", "RATE LIMIT",
                                               "EXCEEDED"};

std::string_view name_of(imap_status s) {
  switch (s) {
    case imap_status::ok:
      return "OK";
    case imap_status::no:
      return "NO";
    case imap_status::bad:
      return "BAD";
    case imap_status::bye:
      return "BYE";
    case imap_status::preauth:
      return "PREAUTH";
  }
  return "";
}

ec code_without_word(imap_status s) {
  switch (s) {
    case imap_status::no:
      return ec::server_busy;
    case imap_status::bye:
      return ec::connection_lost;
    default:
      return ec::protocol_violation;
  }
}

}  // namespace

result<std::string> quote_mailbox(std::string_view utf8) {
  if (utf8.empty() || utf8.size() > max_name)
    return fail(ec::config_invalid, "mailbox: empty or too long");
  std::string out, utf16;
  const auto unshift = [&] {
    if (!utf16.empty()) append_shifted(out, utf16);
    utf16.clear();
  };
  while (!utf8.empty()) {
    const auto c = next_code_point(utf8);
    if (!c) return fail(ec::config_invalid, "mailbox: not UTF-8");
    if (*c >= 0x20 && *c < 0x7f) {
      unshift();
      out += static_cast<char>(*c);
      if (*c == U'&') out += '-';
    } else if (*c >= 0x10000) {
      append_unit(utf16, 0xd800 + ((*c - 0x10000) >> 10));
      append_unit(utf16, 0xdc00 + ((*c - 0x10000) & 0x3ff));
    } else {
      append_unit(utf16, *c);
    }
  }
  unshift();
  return in_quotes(out);
}

result<std::string> quote_ascii(std::string_view text) {
  const auto printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (text.size() > max_name || !std::ranges::all_of(text, printable)) {
    return fail(ec::config_invalid,
                "login and password must be printable ASCII for LOGIN; choose PLAIN");
  }
  return in_quotes(text);
}

std::vector<std::string> uid_sets(std::vector<uint64_t> uids, std::size_t max_chars) {
  std::ranges::sort(uids);
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t last = i;
    while (last + 1 < uids.size() && uids[last + 1] == uids[last] + 1) ++last;
    std::string item = std::to_string(uids[i]);
    if (last > i) item += ':' + std::to_string(uids[last]);
    if (out.empty() || out.back().size() + 1 + item.size() > max_chars) {
      out.push_back(std::move(item));
    } else {
      out.back() += ',' + item;
    }
    i = last + 1;
  }
  return out;
}

error imap_error(const imap_response& r) {
  std::string detail(name_of(r.status));
  const auto row = std::ranges::find(codes, std::string_view(r.code), &code_row::word);
  if (row != std::end(codes)) return fail(row->code, detail + " [" + r.code + "]");
  const auto text = upper(r.text);
  for (const auto& word : throttle_words) {
    if (text.find(word) != text.npos) return fail(ec::throttled, detail);
  }
  return fail(code_without_word(r.status), detail);
}

error imap_error_of_line(std::string_view line) {
  const auto r = parse_imap(line, {});
  if (!r) return r.error();
  if (r->what != imap_response::kind::status || r->status == imap_status::ok) {
    return fail(ec::protocol_violation, "not a refusal");
  }
  return imap_error(*r);
}

}  // namespace postroom::channels
