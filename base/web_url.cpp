#include "base/web_url.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace postroom {

namespace {

constexpr std::size_t longest_host = 253;  // RFC 1035, 2.3.4, as text

std::string small_letters(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool is_odd(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == '\x7f' || c == '\\' || c == '#';
}

/// A name or an IPv4 address. In other letters libcurl reads names by the locale.
bool is_plain_name(std::string_view host) {
  return !host.starts_with('.') && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  std::string out;
  if (curl_url_get(url, part, &text, flags) == CURLUE_OK && text) out = text;
  curl_free(text);
  return out;
}

/// libcurl takes any number of slashes, escapes in a host, and 0x7f.1 for 127.0.0.1.
bool is_written_out(std::string_view url, const web_origin& origin) {
  const auto text = small_letters(url), scheme = origin.scheme + "://";
  if (!text.starts_with(scheme)) return false;
  const auto authority = std::string_view(text).substr(scheme.size());
  if (origin.host.starts_with('[')) return authority.starts_with('[');  // its zeros may be left out
  return authority.substr(0, authority.find_first_of(":/?")) == origin.host;
}

}  // namespace

std::optional<web_origin> origin_of(std::string_view url) {
  if (std::ranges::any_of(url, is_odd)) return {};
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> read(curl_url(), &curl_url_cleanup);
  const std::string text(url);
  if (!read ||
      curl_url_set(read.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    return {};
  web_origin out{part_of(read.get(), CURLUPART_SCHEME),
                 small_letters(part_of(read.get(), CURLUPART_HOST)), 0};
  const auto port = part_of(read.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), out.port);
  if ((out.scheme != "https" && out.scheme != "http") || out.port == 0) return {};
  if (out.host.size() > longest_host || !part_of(read.get(), CURLUPART_ZONEID).empty()) return {};
  if (!out.host.starts_with('[') && !is_plain_name(out.host)) return {};
  if (!is_written_out(url, out)) return {};
  return out;
}

bool is_loopback_address(std::string_view host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string text(bracketed ? host.substr(1, host.size() - 2) : host);
  if (text.find('\0') != text.npos) return false;  // the system would read no further
  in_addr v4{};
  in6_addr v6{};
  if (!bracketed && ::inet_pton(AF_INET, text.c_str(), &v4) == 1)
    return (ntohl(v4.s_addr) >> 24) == 127;
  return ::inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool is_loopback_host(std::string_view host) {
  const auto name = small_letters(host);
  const bool below = name.ends_with(".localhost") && is_plain_name(name);
  return name == "localhost" || below || is_loopback_address(name);
}

bool is_fit_for_secrets(const web_origin& origin) {
  return origin.scheme == "https" || is_loopback_host(origin.host);
}

bool is_fit_for_secrets(std::string_view url) {
  const auto origin = origin_of(url);
  return origin && is_fit_for_secrets(*origin);
}

}  // namespace postroom
