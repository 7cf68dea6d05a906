#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postroom::channels {

/// Reads the answers of a POP3 server (RFC 1939) from bytes as they come, in pieces of any size. No
/// I/O. Mail bodies are handed on as views into the input, dot-unstuffed, so nothing is copied and
/// nothing of a mail is kept here.
class pop3_parser {
 public:
  /// The longest status or listing line taken; RFC 2449 allows 512 bytes.
  static constexpr std::size_t max_line = 4096;

  /// The shape of an answer, which only the command tells.
  enum class reply { line, listing, mail };

  struct event {
    enum class kind {
      more,     ///< all input is used up
      ok,       ///< +OK; text: what follows. The end of the answer for reply::line
      refused,  ///< -ERR; text: what follows. The end of the answer
      entry,    ///< one line of a listing
      body,     ///< bytes of a mail
      end,      ///< the lone dot that ends a listing or a mail
      broken,   ///< not POP3; text: why. Nothing after it makes sense
    };
    kind what = kind::more;
    std::string_view text;  ///< valid until the next call and while the input lives
  };

  /// The next answer has this shape. Call before the first byte of each answer is read.
  void expect(reply shape) { shape_ = shape; }

  /// Takes bytes from the front of `in` up to and including the next event.
  event next(std::string_view& in);

 private:
  enum class state {
    status,
    listing,
    body_line_start,
    body,
    body_cr,
    body_dot,
    body_dot_cr,
    broken
  };

  event status_line(std::string_view& in);
  event listing_line(std::string_view& in);
  event mail_bytes(std::string_view& in);
  event run_of_body(std::string_view& in);
  event finish();
  event fail(std::string_view why);
  /// A whole line without its end, or nothing: more input is needed (or the line is too long: then
  /// state is broken).
  std::optional<std::string_view> take_line(std::string_view& in);

  reply shape_ = reply::line;
  state state_ = state::status;
  std::string partial_;        ///< the beginning of a line whose end has not come
  bool partial_used_ = false;  ///< the last event's text lies in partial_
};

/// The error that a -ERR answer stands for: by its response code (RFC 2449, 3206) where it has one,
/// else `otherwise`. `text` is what follows -ERR; the detail quotes at most 200 printable bytes of
/// it.
error pop3_refusal(std::string_view text, ec otherwise);

/// "17 rest of line" as LIST and UIDL say it; nothing when it does not begin with a number.
struct pop3_numbered {
  uint64_t number = 0;
  std::string_view rest;
};
std::optional<pop3_numbered> read_numbered(std::string_view line);

}  // namespace postroom::channels
