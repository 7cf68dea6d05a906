#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

/// Parts of URLs and header fields that every service over HTTP has. Pure.
namespace postroom::channels {

/// For a segment of a path or a value of a query: everything but unreserved characters (RFC 3986,
/// 2.3) as %XX. At most 2 GiB.
std::string url_escape(std::string_view text);

/// A name or value of application/x-www-form-urlencoded: %XX is a byte, + a space; what is no such
/// sequence stays.
std::string form_unescape(std::string_view text);

/// Retry-After (RFC 9110, 10.2.3): seconds, also with a fraction, as some services write them, or a
/// date. At most a day. Nothing: absent or unreadable.
std::optional<duration> retry_after(const std::string& value, time_point now);

}  // namespace postroom::channels
