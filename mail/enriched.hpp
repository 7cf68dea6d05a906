#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// text/enriched (RFC 1896) and its older form text/richtext (RFC 1341) as plain text.
std::string enriched_to_text(std::string_view enriched);

}  // namespace postroom::mail
