#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "channels/outbound.hpp"

namespace postroom::channels {

/// A whole reply of an SMTP server (RFC 5321, section 4.2).
struct smtp_reply {
  int code = 0;
  std::vector<std::string> lines;  ///< the text behind the code, line by line; never empty

  [[nodiscard]] bool positive() const { return code >= 200 && code < 300; }
};

/// Puts replies together from bytes as they come. No I/O.
class smtp_reply_parser {
 public:
  /// RFC 5321 allows 512 bytes a line; EHLO answers of big providers have some 20 lines.
  static constexpr std::size_t max_line = 4096;
  static constexpr std::size_t max_lines = 200;

  /// Takes bytes from the front of `in` up to the end of the next reply. Nothing: all input is used
  /// up. ec::protocol_violation: this is not SMTP; no further call makes sense.
  result<std::optional<smtp_reply>> next(std::string_view& in);

 private:
  result<bool> add_line(std::string_view line);  ///< true: it was the last of the reply

  std::string partial_;
  smtp_reply reply_;
};

/// Where in the dialog a reply came.
enum class smtp_stage {
  sign_in,  ///< greeting, EHLO, STARTTLS, AUTH
  mail_from,
  rcpt_to,
  data,     ///< DATA was said, nothing sent yet
  content,  ///< the mail is being sent or was
};

/// What a reply means for the mail. Only what is said to RCPT or after it can be the recipient's
/// fault. To MAIL, 501, 503, 550 and 553 refuse this mail's envelope sender for good, and 552 its
/// size; the server is well, and other mails go on. Everything else before RCPT concerns the server
/// or our right to use it. What is not known is taken for passing.
send_report report_of(smtp_stage stage, const smtp_reply& reply);

/// The text of a reply for a person: printable, one line, at most 500 bytes.
std::string readable(std::string_view text);

/// What the server offers, from its answer to EHLO.
struct smtp_extensions {
  bool size = false;
  uint64_t max_size = 0;  ///< 0: no limit told
  bool eight_bit_mime = false;
  bool smtp_utf8 = false;
};
smtp_extensions extensions_of(const smtp_reply& ehlo);

/// False when an address would break out of "<...>" or cannot be one: control characters, angle
/// brackets, over 320 bytes, spaces outside of quotes. Whether it exists is the server's business.
bool is_safe_address(std::string_view address);

}  // namespace postroom::channels
