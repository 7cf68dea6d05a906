#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// Of the declarations of a style attribute those that can do nothing but look: known properties
/// with plain values. Nothing is loaded, hidden, moved or laid over something else.
std::string safe_style(std::string_view style);

}  // namespace postroom::mail
