#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// The enhanced status code (RFC 3463) that the text names. Where there are several, the last one
/// that is more than a class: what the remote server said stands within what the own server says
/// about it. Empty: there is none.
std::string find_status(std::string_view text);

/// The class of the first SMTP reply code of failure in the text: '4' or '5'; 0: there is none.
char find_reply_class(std::string_view text);

/// The code that the text names, else the one its words mean, else the class of its reply code;
/// empty: it tells nothing. `cls` is the class where the text has none, but for what is transient
/// by its nature, a full mailbox and an end of retries: that has class 4 also when it was given up.
std::string guess_status(std::string_view text, char cls);

/// The code at the beginning of a Status field, "5.1.1 (no such mailbox)"; empty: there is none.
std::string read_status(std::string_view value);

/// Whether it says no more than success, later or never.
bool is_class_only(std::string_view status) noexcept;

/// Subject and detail for what the words say: ".2.2" for "mailbox is full"; empty: nothing known.
std::string_view status_by_words(std::string_view text);

/// Whether the text tells that a mail was given up after retries, as Exim does.
bool tells_of_retries(std::string_view text);

/// Whether the text tells of a mail that was not delivered, in the words that mail servers use.
bool tells_of_failure(std::string_view text);

/// The same in words that are also used of parcels.
bool may_tell_of_failure(std::string_view text);

/// Whether the text tells of a mail that may still arrive.
bool tells_of_delay(std::string_view text);

}  // namespace postroom::mail
