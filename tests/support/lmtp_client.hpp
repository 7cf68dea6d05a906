#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postroom::support {

/// A blocking LMTP client (RFC 2033) for tests; each answer is waited for at most 10 s.
/// Failures throw std::runtime_error.
class lmtp_client {
 public:
  explicit lmtp_client(std::uint16_t port);
  ~lmtp_client();
  lmtp_client(const lmtp_client&) = delete;
  lmtp_client& operator=(const lmtp_client&) = delete;

  /// Returns when the server has taken the mail. Bare LF becomes CRLF, leading dots are doubled.
  void deliver(const std::string& user, std::string_view raw);

 private:
  void send(std::string_view bytes) const;
  /// Reads one (multi-line) answer; throws unless it starts with `digit`.
  void expect(char digit);
  std::string read_line();

  int socket_ = -1;
  std::string received_;
};

}  // namespace postroom::support
