#pragma once

#include <memory>

#include "api/http_types.hpp"
#include "api/tls_context.hpp"

namespace postroom::api {

/// Answers HTTP/1.1 on a listening socket, plain or over TLS. One thread serves all connections
/// without ever waiting for one; only whole requests take a thread of the bounded pool, so clients
/// that are slow cost a descriptor and a buffer, and nobody else's time.
class http_listener {
 public:
  /// Starts. `socket` must be listening and non-blocking and outlive this. `tls` null: none.
  http_listener(int socket, http_handler handler, http_limits limits, tls_context tls = nullptr);
  ~http_listener();
  http_listener(const http_listener&) = delete;
  http_listener& operator=(const http_listener&) = delete;
  /// For connections that come from now on.
  void use_tls(tls_context tls);
  /// Accepts nothing more, breaks off requests that are still being read or wait for a thread,
  /// waits for the handlers at work and up to 5 s for their answers to be taken. Idempotent.
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> x_;
};

}  // namespace postroom::api
