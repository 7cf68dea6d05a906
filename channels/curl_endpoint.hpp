#pragma once

// For channels/*.cpp only: includes libcurl.
#include <curl/curl.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "channels/inbound.hpp"

namespace postroom::channels {

/// True when the endpoint asks for a sign-in.
[[nodiscard]] bool signs_in(const endpoint& e);

/// Who shares a lane of curl_transfers: host and port.
[[nodiscard]] std::string lane_of(const endpoint& e);

/// True when it does so by an access token.
[[nodiscard]] bool signs_in_by_token(const endpoint& e);

/// CURLOPT_LOGIN_OPTIONS for all that libcurl does with a password, but for Kerberos.
inline constexpr const char* mechanisms_without_gssapi =
    "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5;AUTH=DIGEST-MD5;AUTH=NTLM";

/// Sets all that every transfer of ours needs: URL, TLS (1.2 or later, peer and host verified, only
/// the endpoint's authorities), time limits for the sign-in, sign-in, no proxy, no netrc, no
/// signals, the shared TLS sessions; but for the token of endpoint.tokens. `scheme` is "imap",
/// "pop3" or "smtp"; `hello` is our name for EHLO, empty for this machine's. ec::config_invalid
/// when the endpoint cannot be expressed.
[[nodiscard]] result<void> apply_endpoint(CURL* easy, std::string_view scheme, const endpoint& e,
                                          CURLSH* share, std::string_view hello = {});

}  // namespace postroom::channels
