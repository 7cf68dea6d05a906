#include "api/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include <unistd.h>

namespace postroom::api {
namespace {

constexpr const char* tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char session_name[] = "postroom";

error wrong(const tls_options& o, const char* key, const std::string& problem,
            const std::string& remedy) {
  return fail(ec::config_invalid, o.setting + "." + key + ": " + problem + "; " + remedy);
}

result<void> readable(const tls_options& o, const char* key, const std::string& path) {
  if (path.empty()) return wrong(o, key, "it is blank", "name a file in PEM format");
  if (::access(path.c_str(), R_OK) == 0) return {};
  return wrong(o, key, path + " cannot be read: " + std::generic_category().message(errno),
               "name a file that the user of this process may read");
}

result<void> check_dates(const tls_options& o, const X509& certificate) {
  if (X509_cmp_current_time(X509_get0_notAfter(&certificate)) < 0)
    return wrong(o, "certificate_file", o.certificate_file + " has expired",
                 "renew the certificate");
  if (X509_cmp_current_time(X509_get0_notBefore(&certificate)) > 0)
    return wrong(o, "certificate_file", o.certificate_file + " is not valid yet",
                 "look at the clock of this machine, or wait");
  return {};
}

result<void> use_certificate(SSL_CTX& ctx, const tls_options& o) {
  if (auto r = readable(o, "certificate_file", o.certificate_file); !r) return r;
  if (SSL_CTX_use_certificate_chain_file(&ctx, o.certificate_file.c_str()) != 1)
    return wrong(
        o, "certificate_file",
        o.certificate_file + " is no certificate chain in PEM format (" + tls_reason() + ")",
        "put the server's certificate first, then those of the authorities above it");
  return check_dates(o, *SSL_CTX_get0_certificate(&ctx));
}

int no_passphrase(char*, int, int, void*) {
  return 0;  // else OpenSSL asks on the terminal
}

result<void> use_key(SSL_CTX& ctx, const tls_options& o) {
  if (auto r = readable(o, "key_file", o.key_file); !r) return r;
  SSL_CTX_set_default_passwd_cb(&ctx, no_passphrase);
  if (SSL_CTX_use_PrivateKey_file(&ctx, o.key_file.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(&ctx) == 1)
    return {};
  const auto code = ERR_GET_REASON(ERR_peek_last_error());
  if (code == X509_R_KEY_VALUES_MISMATCH || code == X509_R_KEY_TYPE_MISMATCH)
    return wrong(o, "key_file",
                 o.key_file + " does not belong to the certificate " + o.certificate_file,
                 "name the key that the certificate was made for");
  return wrong(o, "key_file", o.key_file + " is no usable private key (" + tls_reason() + ")",
               "name a key in PEM format without a passphrase");
}

result<void> use_client_ca(SSL_CTX& ctx, const tls_options& o) {
  if (o.clients == client_certificate::none) return {};
  if (auto r = readable(o, "client_ca_file", o.client_ca_file); !r) return r;
  auto* names = SSL_load_client_CA_file(o.client_ca_file.c_str());
  if (!names || SSL_CTX_load_verify_file(&ctx, o.client_ca_file.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return wrong(o, "client_ca_file",
                 o.client_ca_file + " holds no certificate in PEM format (" + tls_reason() + ")",
                 "name the certificate of the authority that signs the clients' certificates");
  }
  SSL_CTX_set_client_CA_list(&ctx, names);
  const int required =
      o.clients == client_certificate::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(&ctx, SSL_VERIFY_PEER | required, nullptr);
  return {};
}

/// A client that offers protocols but not ours is refused (RFC 7301, 3.2).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned size, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, offered, size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool set_rules(SSL_CTX& ctx) {
  SSL_CTX_set_options(&ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(&ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(&ctx, choose_protocol, nullptr);
  // Tickets alone keep sessions; a cache would grow with every client.
  SSL_CTX_set_session_cache_mode(&ctx, SSL_SESS_CACHE_OFF);
  return SSL_CTX_set_min_proto_version(&ctx, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(&ctx, tls12_ciphers) == 1 &&
         SSL_CTX_set_session_id_context(&ctx, static_cast<const unsigned char*>(session_name),
                                        sizeof session_name - 1) == 1;
}

}  // namespace

result<tls_context> load_tls(const tls_options& options) {
  tls_context ctx{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  if (!ctx || !set_rules(*ctx)) return fail(ec::internal, "OpenSSL: " + tls_reason());
  if (auto r = use_certificate(*ctx, options); !r) return r.error();
  if (auto r = use_key(*ctx, options); !r) return r.error();
  if (auto r = use_client_ca(*ctx, options); !r) return r.error();
  return ctx;
}

tls_session accept_tls(const tls_context& context) {
  tls_session out{SSL_new(context.get()), SSL_free};
  if (out) SSL_set_accept_state(out.get());
  return out;
}

std::string tls_reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text ? text : "unknown reason";
}

std::string subject_of(const X509& certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), BIO_free};
  if (!out ||
      X509_NAME_print_ex(out.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253) < 0)
    return {};
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace postroom::api
