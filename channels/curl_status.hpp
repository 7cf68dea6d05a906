#pragma once

// For channels/*.cpp only: includes libcurl.
#include <curl/curl.h>

#include "base/result.hpp"

namespace postroom::channels {

/// What libcurl's number means to us. The only place where CURLcode is mapped; total. CURLE_OK
/// gives ec::none. For a failed TLS handshake `error_of` knows more.
ec code_of(CURLcode rc) noexcept;

/// The error for a failed call. `said` is the handle's CURLOPT_ERRORBUFFER; null or empty:
/// libcurl's own text. A handshake that ended without a word is ec::unreachable; one that failed
/// for a reason that stays (a certificate, no TLS there, no version in common) is ec::tls_failed.
error error_of(CURLcode rc, const char* said);

}  // namespace postroom::channels
