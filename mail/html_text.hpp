#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postroom::mail {

/// HTML as readable plain text: blocks become lines, entities characters; scripts, styles and the
/// head are dropped. Takes any tag soup; one pass, no recursion. `html` is UTF-8, so is the result.
/// Stops once the text has more than `max` bytes.
std::string html_to_text(std::string_view html, std::size_t max);

/// The character reference at the start of `text` ("&amp;", "&#8364;", "&euro;", "&copy"): adds it
/// to `out` and returns its length, or 0 when there is none.
std::size_t take_entity(std::string_view text, std::string& out);

}  // namespace postroom::mail
