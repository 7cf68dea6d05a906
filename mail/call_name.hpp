#pragma once

#include <optional>
#include <string_view>

#include "base/ids.hpp"

namespace postroom::mail {

/// The name of a call as `render_call` writes it.
struct call_name {
  partition_id part;
  call_number number;
  bool operator==(const call_name&) const = default;
};

/// "IT-000123" in any case, and nothing else; the code may hold hyphens itself. None: it is no
/// name.
std::optional<call_name> read_call_name(std::string_view text);

/// A number from 1 on, with leading zeros or not, and nothing else.
std::optional<call_number> read_call_number(std::string_view digits);

}  // namespace postroom::mail
