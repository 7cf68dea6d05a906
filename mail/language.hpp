#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postroom::mail {

/// The languages that a Content-Language field names (RFC 3282), as primary subtags in lower case:
/// "de" of "de-AT"; at most five.
std::vector<std::string> read_languages(std::string_view content_language);

/// The language of a text by its most common words: de, en, fr, es, it or nl; empty when unsure, as
/// for very short texts. Looks at the first 16 KiB.
std::string guess_language(std::string_view text);

}  // namespace postroom::mail
