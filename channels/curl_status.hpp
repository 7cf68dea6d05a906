#pragma once

// For channels/*.cpp only: includes libcurl.
#include <curl/curl.h>

#include "base/result.hpp"

namespace postroom::channels {

/// What libcurl's number means to us. The only place where CURLcode is mapped; total. CURLE_OK
/// gives ec::none.
ec code_of(CURLcode rc) noexcept;

/// The error for a failed call. `said` is the handle's CURLOPT_ERRORBUFFER; null or empty:
/// libcurl's own text.
error error_of(CURLcode rc, const char* said);

}  // namespace postroom::channels
