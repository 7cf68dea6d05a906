#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "mail/ascii.hpp"

namespace postroom::mail {

/// A mail cut at its first blank line. Views into the caller's bytes.
struct header_and_body {
  std::string_view header, body;
};

/// Cuts off what stands before the header (blank lines, a byte order mark, an mbox "From " line)
/// and splits at the first blank line, or where text begins without one. Errors: mail_unparsable as
/// `parse` says.
result<header_and_body> split_mail(std::string_view raw, std::size_t max_header);

/// One field of a header: views into it, the value folded and undecoded.
struct field {
  std::string_view name, value;
};

/// Takes the next field off the front of `header`; none: there is none left. Lines that are no
/// field are passed over.
std::optional<field> next_field(std::string_view& header) noexcept;

/// Finds out where a header ends whose blank line was forgotten: at a line that is no field and
/// continues none, unless it is one broken line among fields that are well known. Each byte is
/// looked at once more at most.
class text_finder {
 public:
  explicit text_finder(std::string_view bytes) : x_bytes_(bytes) {}
  /// Whether the line that starts at `at` begins the text; asked in the order of the lines.
  bool begins_at(std::size_t at);
  /// Whether the line is the blank one, which may hold blanks where no field follows that is well
  /// known; asked in the same order.
  bool is_blank_at(std::size_t at);

 private:
  bool is_header_until_known_field(std::size_t at);
  std::string_view x_bytes_;
  std::size_t x_header_until_ = 0;  ///< a field is known to start here
};

/// The raw values of the fields we read, views into the header: folded, undecoded, of each name
/// the first that is not blank.
struct content_fields {
  std::string_view type, encoding, disposition, id;
};
struct mail_fields {
  std::string_view from, sender, reply_to, subject, message_id, in_reply_to, references, date;
  std::string_view return_path;  ///< the topmost
  std::string_view probe;
  std::size_t from_fields = 0;           ///< how many there are, blank ones too
  std::vector<std::string_view> to, cc;  ///< all of them, at most `max_repeats`
  content_fields content;
  static constexpr std::size_t max_repeats = 20;
};

mail_fields read_mail_fields(std::string_view header);
content_fields read_content_fields(std::string_view header);

/// The line that starts at `at` with its LF, or what is left.
std::string_view line_at(std::string_view bytes, std::size_t at) noexcept;
/// The line without its LF, CR LF.
std::string_view bare_line(std::string_view line) noexcept;

/// A value on one line: line breaks and NULs dropped, trimmed, cut after `max` bytes.
std::string unfold(std::string_view value, std::size_t max);

}  // namespace postroom::mail
