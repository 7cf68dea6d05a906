#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "channels/inbound.hpp"

namespace postroom::channels {

class event_loop;

/// A signed-in, maybe encrypted byte stream to a mail server: libcurl connects, does TLS, STARTTLS
/// and SASL (imap, pop3 and smtp alike), then hands the channel over. Loop thread only. For
/// channels/*.cpp.
///
/// Better than libcurl's own transfers for smtp too: when libcurl closes a kept connection, it says
/// QUIT and blocks the thread for the answer (lib/pingpong.c in 7.88), two minutes with a dead
/// server.
class connection {
 public:
  /// The protocol spoken on it. No method is called from within a call to the connection, and none
  /// after `close`.
  class user {
   public:
    /// Signed in; bytes may come and go from now on.
    virtual void on_ready() = 0;
    /// Where the next bytes shall go, so that a long literal lands where it stays. Empty: into a
    /// shared buffer.
    virtual std::span<char> destination() { return {}; }
    /// `bytes` arrived, at the start of what `destination` named or in the shared buffer; all of
    /// them must be taken.
    virtual void on_bytes(std::string_view bytes) = 0;
    /// All that was queued is with the system now, after it could not be sent at once (see
    /// `unsent`).
    virtual void on_sent() {}
    /// The connection is of no more use. Once, and last.
    virtual void on_broken(error why) = 0;

   protected:
    ~user() = default;
  };

  /// `scheme` is "imap", "pop3" or "smtp"; `who` must stay until `close`. `hello` is what we call
  /// ourselves in EHLO (smtp only); empty: this machine's name.
  connection(event_loop& loop, std::string scheme, endpoint server, user& who,
             std::string hello = {});
  /// Closes.
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Connects and signs in within endpoint.connect_timeout. Once.
  void open();

  /// Queues bytes and sends what the socket takes.
  void write(std::string_view bytes);
  [[nodiscard]] std::size_t unsent() const;

  /// While an answer is awaited and request_timeout goes by without a byte either way, the
  /// connection breaks (timeout).
  void await_answer(bool yes);

  /// Stops reading, so that TCP holds the server back. While paused no answer is awaited.
  void pause();
  void resume();

  /// Gives the write buffer back; for a connection that comes to rest.
  void trim();

  /// Closes at once, without a word to the server. Idempotent. Nothing is called back afterwards.
  void close();

  /// What the server said during the sign-in: its first line, and its last. At most 1,000 bytes
  /// each, without CR LF.
  [[nodiscard]] const std::string& greeting() const;
  [[nodiscard]] const std::string& last_line() const;
  /// The last of those lines that lists capabilities (holds "CAPABILITY "); empty: none.
  [[nodiscard]] const std::string& capability_line() const;

 private:
  struct impl;
  std::shared_ptr<impl> x_;
};

}  // namespace postroom::channels
