#include "partitions/scanning.hpp"

#include <algorithm>
#include <charconv>

#include "partitions/model.hpp"

namespace postroom::partitions {

namespace {

constexpr std::string_view unix_scheme = "unix:", tcp_scheme = "tcp:";
constexpr std::size_t max_socket_path = 107;  // unix(7): sun_path, without the NUL at its end
constexpr std::size_t max_host = 253;

error wrong() {
  return fail(ec::config_invalid,
              "write unix:/PATH, such as unix:/run/clamav/clamd.ctl, or tcp:HOST:PORT, such as "
              "tcp:127.0.0.1:3310");
}

result<scanner_address> parse_unix(std::string_view path) {
  if (path.size() < 2 || path.front() != '/') return wrong();
  if (std::ranges::any_of(path, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return wrong();
  if (path.size() > max_socket_path)
    return fail(ec::config_invalid, "use a path of at most 107 bytes: longer ones are no socket's");
  return scanner_address{std::string{path}, {}, 0};
}

/// Names and addresses only, for it becomes a part of a URL.
bool is_host(std::string_view host, bool in_brackets) {
  const auto good = [in_brackets](char c) {
    const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alnum || c == '.' || (in_brackets ? c == ':' : c == '-' || c == '_');
  };
  return !host.empty() && host.size() <= max_host && std::ranges::all_of(host, good);
}

result<scanner_address> parse_tcp(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return wrong();
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  uint16_t port = 0;
  const auto [end, err] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (err != std::errc{} || end != digits.data() + digits.size() || port == 0) return wrong();
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (!is_host(host, in_brackets)) return wrong();
  return scanner_address{{}, std::string{host}, port};
}

}  // namespace

result<scanner_address> parse_scanner_address(std::string_view text) {
  if (text.starts_with(unix_scheme)) return parse_unix(text.substr(unix_scheme.size()));
  if (text.starts_with(tcp_scheme)) return parse_tcp(text.substr(tcp_scheme.size()));
  return wrong();
}

std::optional<scan_settings> scan_settings_of(const config::v1::Scanning& s) {
  auto address = parse_scanner_address(s.clamd());
  if (!address) return std::nullopt;
  scan_settings out;
  out.scanner = std::move(*address);
  out.tag_infected = s.infected() == "tag";
  out.accept_unscanned = s.unreachable() == "accept";
  if (auto limit = parse_duration(s.timeout())) out.timeout = *limit;
  if (auto size = parse_size(s.max_size())) out.max_bytes = *size;
  return out;
}

}  // namespace postroom::partitions
