#pragma once

#include <string>
#include <string_view>

/// Encoded words (RFC 2047) as they are found: in quotes, with blanks inside, without an end, split
/// inside of a character, in a charset that is unknown or wrong, beside raw 8-bit bytes.
namespace postroom::mail {

/// A header value on one line as UTF-8, its words decoded. Raw bytes are read as `hint`, the
/// charset of the mail, when they are no UTF-8.
std::string decode_words(std::string_view line, std::string_view hint);

/// The same value as UTF-8 with each run of words as one well-formed word of UTF-8, so that what
/// the words hold cannot be taken for the syntax of an address list or a parameter.
std::string mend_words(std::string_view line, std::string_view hint);

/// UTF-8 as one word; empty for an empty text.
std::string as_word(std::string_view text);

}  // namespace postroom::mail
