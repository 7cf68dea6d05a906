#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

/// RFC 1952, one member.
namespace postroom::api {

/// Errors: overloaded (more than `max` bytes come out), config_invalid (not gzip, cut short, or
/// followed by something else).
result<std::string> gunzip(std::string_view packed, std::size_t max);

/// Fast rather than small: answers are JSON and text.
std::string gzip(std::string_view text);

/// Whether an Accept-Encoding header (RFC 9110, 12.5.3) takes gzip.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace postroom::api
