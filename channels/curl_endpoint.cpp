#include "channels/curl_endpoint.hpp"

#include <openssl/ssl.h>

#include <algorithm>

namespace postroom::channels {

namespace {

constexpr long recv_bytes =
    32L << 10;  // two TLS records; libcurl frees its own buffer after the sign-in

/// Host names and addresses only, so that no setting can smuggle a path or a user name into the
/// URL.
bool is_host(std::string_view host) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
  };
  return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, good);
}

bool is_mechanism(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '+';
  };
  return !name.empty() && name.size() <= 20 && std::ranges::all_of(name, good);
}

/// "AUTH=PLAIN;AUTH=LOGIN": libcurl takes the strongest of these that the server offers.
result<std::string> login_options(const endpoint& e) {
  if (e.auth_methods.empty())
    return std::string(e.tokens ? "AUTH=OAUTHBEARER;AUTH=XOAUTH2" : "AUTH=*");
  std::string options;
  for (const auto& name : e.auth_methods) {
    if (!is_mechanism(name))
      return fail(ec::config_invalid, "auth_methods: not a SASL name: " + name);
    if (!options.empty()) options += ';';
    options += "AUTH=" + name;
  }
  return options;
}

/// A connection at rest keeps no TLS buffers, and a write may be repeated from another address.
CURLcode tune_tls(CURL*, void* context, void*) {
  SSL_CTX_set_mode(static_cast<SSL_CTX*>(context), SSL_MODE_RELEASE_BUFFERS |
                                                       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                                       SSL_MODE_ENABLE_PARTIAL_WRITE);
  return CURLE_OK;
}

void apply_tls(CURL* easy, const endpoint& e) {
  curl_easy_setopt(easy, CURLOPT_USE_SSL,
                   e.security == security::starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!e.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, e.ca_file.c_str());
  // Without this the system's authorities would be trusted beside `ca_file`, and nothing of it
  // would be cached.
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, tune_tls);
}

void apply_limits(CURL* easy, const endpoint& e) {
  const auto limit = static_cast<long>(std::max<int64_t>(e.connect_timeout.count(), 1));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, limit);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, limit);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT,
                   1L);  // else giving up on a name blocks until the resolver answers
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, recv_bytes);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 120L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 30L);
}

}  // namespace

bool signs_in(const endpoint& e) {
  return !e.login.empty() && !(e.auth_methods.size() == 1 && e.auth_methods.front() == "NONE");
}

bool signs_in_by_token(const endpoint& e) {
  return e.tokens && signs_in(e);
}

std::string lane_of(const endpoint& e) {
  return e.host + ":" + std::to_string(e.port);
}

result<void> apply_endpoint(CURL* easy, std::string_view scheme, const endpoint& e, CURLSH* share,
                            std::string_view hello) {
  if (!is_host(e.host)) return fail(ec::config_invalid, "host: not a host name or address");
  if (e.port == 0) return fail(ec::config_invalid, "port: missing");
  if (!hello.empty() && !is_host(hello)) return fail(ec::config_invalid, "helo: not a host name");
  const std::string plain(scheme), secure = plain + "s";
  const bool six = e.host.find(':') != std::string::npos;
  const std::string url = (e.security == security::tls ? secure : plain) + "://" +
                          (six ? "[" + e.host + "]" : e.host) + ":" + std::to_string(e.port) + "/" +
                          std::string(hello);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, (plain + "," + secure).c_str());
  curl_easy_setopt(easy, CURLOPT_SHARE, share);
  apply_tls(easy, e);
  apply_limits(easy, e);
  if (!signs_in(e)) return {};
  const auto options = login_options(e);
  if (!options) return options.error();
  curl_easy_setopt(easy, CURLOPT_USERNAME, e.login.c_str());
  // With a token beside it, libcurl would fall back on sending the password.
  curl_easy_setopt(easy, CURLOPT_PASSWORD, e.tokens ? "" : e.password.c_str());
  curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, options->c_str());
  return {};
}

}  // namespace postroom::channels
