#pragma once

#include <string_view>

/// The words by which mail programs begin what they quote, in the languages of our users. Lines are
/// given trimmed.
namespace postroom::mail {

/// A colon as Latin or East Asian text has it, perhaps with the marks of right-to-left text behind.
bool ends_with_colon(std::string_view line);

/// "On Monday Ann <ann@example.org> wrote:", which may be several lines joined.
bool is_attribution(std::string_view text);

/// Whether an attribution may begin with this line.
bool opens_attribution(std::string_view line);

/// "-----Original Message-----", but not "Forwarded message".
bool is_separator(std::string_view line);

/// What a line of a quoted header is about: "From: Ann", "Gesendet: Montag".
enum class header_label { none, from, date, to, subject };
header_label label_of(std::string_view line);

/// "Kind regards," on a line of its own.
bool is_closing(std::string_view line);

/// "Sent from my phone".
bool is_mobile_signature(std::string_view line);

/// Whether a text says that there is more in what follows: "see my answers below".
bool points_below(std::string_view text);

}  // namespace postroom::mail
