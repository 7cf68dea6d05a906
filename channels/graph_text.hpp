#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "channels/http.hpp"
#include "channels/http_values.hpp"

/// URLs, header fields and errors of Microsoft Graph. Pure.
namespace postroom::channels {

/// Whether both have one scheme, host and port.
bool same_origin(const std::string& url, const std::string& base);
/// https, or the origin of `base`.
bool fit_for_upload(const std::string& url, const std::string& base);

/// "/me" or "/users/{user}".
std::string mailbox_path(const std::string& user);
/// The name that Graph gives this folder in all languages; nothing: it has none.
std::optional<std::string> well_known_folder(std::string_view name);
/// A text in quotes for $filter, escaped for a URL.
std::string filter_text(std::string_view text);

/// What an answer that is not 2xx means. The detail holds the status and Graph's code only.
error graph_error(int status, const std::string& code);
error graph_error(const http_answer& answer);

}  // namespace postroom::channels
