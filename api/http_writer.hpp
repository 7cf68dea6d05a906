#pragma once

#include <string>

#include "api/http_types.hpp"

namespace postroom::api {

/// Status line and headers of an answer, with the empty line; Content-Length is its body's.
std::string render_head(const http_response& response, bool keep_alive);

}  // namespace postroom::api
