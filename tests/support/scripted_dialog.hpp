#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::support {

/// One thing a scripted server does. Made by the words below, so that a test reads like a
/// transcript.
struct step {
  enum class kind { say, expect, expect_like, expect_data, gate, close, reset, half_close, hang };
  kind what = kind::say;
  std::string text;       ///< bytes to say, line or pattern to expect, name of the gate
  std::size_t count = 0;  ///< say: bytes per write, 0 for all at once
};

/// What happens on one connection. Dialogs and steps are joined in a list: {pop3_sign_in(),
/// C("STAT"), S("+OK 0 0")}.
class dialog {
 public:
  dialog(std::initializer_list<dialog> parts) {
    for (const auto& part : parts)
      steps_.insert(steps_.end(), part.steps_.begin(), part.steps_.end());
  }
  dialog(step one) : steps_{std::move(one)} {}  // NOLINT(google-explicit-constructor)
  explicit dialog(std::vector<step> steps) : steps_(std::move(steps)) {}
  [[nodiscard]] const std::vector<step>& steps() const { return steps_; }

 private:
  std::vector<step> steps_;
};

// --- the words ---

/// The server says this line; CRLF is added. "{name}" is replaced by what a C() before it matched
/// there.
step S(std::string_view line);
/// The server says these bytes as they are, `per_write` in each write (0: all at once). Nothing is
/// replaced.
step S_raw(std::string bytes, std::size_t per_write = 0);
/// The client must say exactly this line. "{name}" (letters only) matches one word and remembers
/// it: IMAP's tags.
step C(std::string_view line);
/// The client must say a line that matches this POSIX extended regular expression as a whole.
step C_like(std::string_view pattern);
/// The client sends lines up to a lone dot (SMTP's DATA). They are kept, dots still stuffed, for
/// `received()`.
step C_data();
/// The server stops here until the test calls `release(name)`; `await(name)` tells the test that it
/// came here.
step gate(std::string_view name);
/// Closes in order. Nothing after it is played.
step hang_up();
/// Closes with a TCP reset.
step reset();
/// Closes the server's direction only.
step half_close();
/// Says nothing more and reads nothing more, until the client closes.
step hang();

/// What libcurl says to sign in as anybody, in plain text, and the right answers. `capabilities`
/// are words for IMAP and lines ("UIDL\r\nPIPELINING") for POP3. Without AUTH= or SASL in them
/// libcurl uses LOGIN or USER/PASS.
dialog imap_sign_in(std::string_view capabilities = "IMAP4rev1");
dialog pop3_sign_in(std::string_view capabilities = "USER\r\nUIDL\r\nPIPELINING");
/// Greeting and EHLO, without a sign-in.
dialog smtp_greeting(std::string_view extensions = "PIPELINING\r\nSIZE 100000000");

}  // namespace postroom::support
