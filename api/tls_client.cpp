#include "api/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <chrono>

namespace postroom::api {
namespace {

using steady = std::chrono::steady_clock;

error wrong_file(const std::string& path, const char* what) {
  return fail(ec::config_invalid, path + " is no " + what + " in PEM format: " + tls_reason());
}

result<void> load_files(SSL_CTX& ctx, const https_target& to) {
  if (to.ca_file.empty())
    SSL_CTX_set_default_verify_paths(&ctx);
  else if (SSL_CTX_load_verify_file(&ctx, to.ca_file.c_str()) != 1)
    return wrong_file(to.ca_file, "certificate");
  if (to.certificate_file.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(&ctx, to.certificate_file.c_str()) != 1)
    return wrong_file(to.certificate_file, "certificate chain");
  if (SSL_CTX_use_PrivateKey_file(&ctx, to.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return wrong_file(to.key_file, "private key");
  return {};
}

/// SNI is for names alone (RFC 6066, 3); a certificate holds addresses apart from names.
bool expect_host(SSL& ssl, const std::string& host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&ssl), host.c_str()) == 1) return true;
  ERR_clear_error();
  SSL_set_hostflags(&ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(&ssl, host.c_str()) == 1 &&
         SSL_set_tlsext_host_name(&ssl, host.c_str()) == 1;
}

result<tls_session> make_session(const https_target& to) {
  const tls_context ctx{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  if (!ctx || SSL_CTX_set_min_proto_version(ctx.get(), TLS1_2_VERSION) != 1)
    return fail(ec::internal, "OpenSSL: " + tls_reason());
  if (auto r = load_files(*ctx, to); !r) return r.error();
  SSL_CTX_set_verify(ctx.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(ctx.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  tls_session out{SSL_new(ctx.get()), SSL_free};
  if (!out || !expect_host(*out, to.host)) return fail(ec::internal, "OpenSSL: " + tls_reason());
  SSL_set_connect_state(out.get());
  return out;
}

error refused(const https_target& to, const SSL& ssl) {
  const auto where = "TLS with " + to.host + ":" + std::to_string(to.port) + ": ";
  const auto verdict = SSL_get_verify_result(&ssl);
  if (verdict == X509_V_OK) return fail(ec::tls_failed, where + tls_reason());
  return fail(ec::tls_failed, where + "the server's certificate is not accepted: " +
                                  X509_verify_cert_error_string(verdict));
}

}  // namespace

result<channel> connect_tls(const https_target& to, duration limit) {
  const auto until = steady::now() + limit;
  auto session = make_session(to);
  if (!session) return session.error();
  auto fd = connect_tcp(to.host, to.port, limit);
  if (!fd) return fd.error();
  channel out{std::move(*fd), std::move(*session)};
  for (;;) {
    const auto got = out.handshake();
    if (got == channel::status::done) return out;
    if (got == channel::status::closed) return refused(to, *out.tls());
    const auto left = std::chrono::ceil<duration>(until - steady::now()).count();
    const auto events = got == channel::status::wants_write ? POLLOUT : POLLIN;
    pollfd p{out.fd(), static_cast<short>(events), 0};
    if (left <= 0 || ::poll(&p, 1, static_cast<int>(std::min<int64_t>(left, 60'000))) < 0)
      return fail(ec::timeout, "no TLS with " + to.host + " within its time limit");
  }
}

}  // namespace postroom::api
