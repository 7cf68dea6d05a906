#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct x509_st;

namespace postroom::api {

enum class client_certificate { none, optional, required };

struct tls_options {
  std::string certificate_file;  ///< PEM: the server's certificate, then the chain up to its CA
  std::string key_file;          ///< PEM, without a passphrase
  std::string client_ca_file;    ///< PEM: whose client certificates are believed
  client_certificate clients = client_certificate::none;
  std::string setting = "admin_tls";  ///< what messages call the settings: "admin_tls.key_file"
};

using tls_context = std::shared_ptr<ssl_ctx_st>;
using tls_session = std::unique_ptr<ssl_st, void (*)(ssl_st*)>;

/// What a TLS server needs, read from files: TLS 1.2 and 1.3 with forward secrecy and authenticated
/// encryption only, no renegotiation, HTTP/1.1 by ALPN. Errors: config_invalid, naming the setting,
/// the problem and the remedy.
result<tls_context> load_tls(const tls_options& options);

/// The server's side of one connection. Null: out of memory.
tls_session accept_tls(const tls_context& context);

/// The last reason OpenSSL gave on this thread, and none left for the next caller.
std::string tls_reason();

/// "CN=console,O=Example" (RFC 2253), the most specific part first.
std::string subject_of(const x509_st& certificate);

}  // namespace postroom::api
