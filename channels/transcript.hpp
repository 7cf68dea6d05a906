#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::channels {

/// What one connection says and hears, for a person who tries a server out. Never holds a secret:
/// what follows AUTH, AUTHENTICATE, LOGIN, PASS and APOP is masked until the server's result, and
/// so is the password wherever else it turns up. Of mails only the size is noted, of a request over
/// HTTP a line (channels/http_note.hpp). Bounded in lines and bytes. Thread-safe.
class transcript {
 public:
  static constexpr std::size_t max_lines = 400;
  static constexpr std::size_t max_bytes = 64u << 10;

  /// How far the dialog had come.
  enum class step { dns, connect, tls, sign_in, session, sender, recipient, data };
  enum class side { client, server, note };
  struct line {
    side who;
    std::string text;
  };

  // --- for the connection ---
  /// `scheme` is "imap", "pop3" or "smtp".
  void begin(std::string_view scheme, bool tls_first, std::string password);
  void signed_in();
  /// A remark of libcurl's; only those about the connection and its certificate are kept.
  void note(std::string_view text);
  void sent(std::string_view bytes);
  void received(std::string_view bytes);
  /// A request over HTTP in a line that holds no secret, and how far it came.
  void exchanged(std::string said, step how_far);

  // --- for who reads it ---
  [[nodiscard]] std::vector<line> lines() const;
  [[nodiscard]] step reached() const;
  /// The text without the password, for errors that quote the server.
  [[nodiscard]] std::string mask(std::string text) const;

 private:
  /// Bytes of a line that is not complete yet; what is beyond its limit is only counted.
  struct partial {
    std::string text;
    uint64_t size = 0;
  };
  enum class proto { smtp, imap, pop3 };

  void feed(partial& p, std::string_view bytes, void (transcript::*take)(const partial&));
  void on_client(const partial& p);
  void on_server(const partial& p);
  bool masked_command(std::string_view text);
  void note_command(std::string_view text);
  void on_auth_answer(std::string_view text);
  void on_plain_answer(std::string_view text);
  bool in_body(const partial& p, side who);
  void add(side who, std::string text);
  [[nodiscard]] std::string masked(std::string text) const;

  mutable std::mutex mutex_;
  proto proto_ = proto::smtp;
  bool tls_first_ = false;
  std::string password_;
  step reached_ = step::dns;
  partial client_, server_;
  bool auth_ = false;       ///< between a sign-in command and its result
  bool body_next_ = false;  ///< a body follows the server's yes
  bool body_ = false;       ///< up to a line with a dot
  uint64_t body_bytes_ = 0;
  uint64_t literal_left_ = 0;  ///< IMAP
  std::vector<line> lines_;
  std::size_t bytes_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace postroom::channels
