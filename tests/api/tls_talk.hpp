#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <memory>
#include <string>

#include "api/sockets.hpp"
#include "tests/api/fixture.hpp"

namespace postroom::api {

struct tls_wish {
  std::string ca_file;
  std::string certificate_file, key_file;
  int min_version = TLS1_2_VERSION, max_version = TLS1_3_VERSION;
  const char* ciphers = nullptr;  ///< of TLS 1.2
  std::string protocols;          ///< ALPN, as on the wire
};

/// A client that does just what a test wants. Blocks, but no longer than 20 s.
class tls_talk {
 public:
  tls_talk(uint16_t port, const tls_wish& wish)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(), 0);  // else OpenSSL itself refuses old versions
    SSL_CTX_set_min_proto_version(context_.get(), wish.min_version);
    SSL_CTX_set_max_proto_version(context_.get(), wish.max_version);
    SSL_CTX_load_verify_file(context_.get(), wish.ca_file.c_str());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    if (wish.ciphers) SSL_CTX_set_cipher_list(context_.get(), wish.ciphers);
    if (!wish.certificate_file.empty()) {
      SSL_CTX_use_certificate_file(context_.get(), wish.certificate_file.c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context_.get(), wish.key_file.c_str(), SSL_FILETYPE_PEM);
    }
    auto fd = connect_tcp("127.0.0.1", port, duration{10'000});
    if (!fd) return;
    socket_ = std::move(*fd);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.get());
    if (!wish.protocols.empty())
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wish.protocols.data()),
                          static_cast<unsigned>(wish.protocols.size()));
    open_ = repeat([&] { return SSL_connect(ssl_.get()); }) == 1;
  }

  /// With TLS 1.3 the server may still refuse afterwards: the first read tells.
  bool open() const { return open_; }
  SSL* ssl() const { return ssl_.get(); }

  void send(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const int n = repeat(
          [&] { return SSL_write(ssl_.get(), &bytes[at], static_cast<int>(bytes.size() - at)); });
      if (n <= 0) return;
      at += static_cast<std::size_t>(n);
    }
  }

  /// One whole answer, or what came before the end.
  std::string answer() {
    std::string all;
    for (;;) {
      if (is_whole_answer(all)) return all;
      char buffer[16384];
      const int n = repeat([&] { return SSL_read(ssl_.get(), buffer, sizeof buffer); });
      if (n <= 0) return all;
      all.append(buffer, static_cast<std::size_t>(n));
    }
  }

  std::string ask(const std::string& bytes) {
    if (!open_) return "";
    send(bytes);
    return answer();
  }

 private:
  template <class Act>
  int repeat(Act act) {
    for (;;) {
      ERR_clear_error();
      const int n = act();
      if (n > 0) return n;
      const int why = SSL_get_error(ssl_.get(), n);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return n;
      const auto events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      pollfd p{socket_.get(), static_cast<short>(events), 0};
      if (::poll(&p, 1, 20'000) <= 0) return -1;
    }
  }

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  unique_fd socket_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, SSL_free};
  bool open_ = false;
};

}  // namespace postroom::api
