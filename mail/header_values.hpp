#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/trust.hpp"

/// Values of header fields by name. `header` is what `header_of` gives. Pure; any thread.
namespace postroom::mail {

struct header_value_limits {
  static constexpr std::size_t values = 20;        ///< of one name; the topmost ones
  static constexpr std::size_t bytes = 64u << 10;  ///< of one value, before it is decoded
};

/// A raw field value as valid UTF-8 on one line, encoded words (RFC 2047) decoded.
std::string decode_field(std::string_view value);

/// All values of the fields of this name, in any case, decoded, from the top.
std::vector<std::string> field_values(std::string_view header, std::string_view name);

/// The topmost value of the field, as `decode_field` gives it, where no sender can have written it:
/// above the Received field with which the border took the mail. Nothing when it does not stand
/// there, when the border's field is not found, or when a server that is not ours stands above it
/// (see `judge_sender`). A border that writes below its own Received field is not believed, as only
/// of Authentication-Results it is known that it removes forged ones.
std::optional<std::string> trusted_field(std::string_view header, std::string_view name,
                                         const trust_settings& settings);

}  // namespace postroom::mail
