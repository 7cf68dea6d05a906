#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "channels/http_values.hpp"
#include "channels/oauth.hpp"

/// The texts of OAuth 2.0: forms, URLs, what a browser comes back with. Pure.
namespace postroom::channels {

/// The value of `scope`: separated by blanks (RFC 6749, 3.3).
std::string scope_of(const std::vector<std::string>& scopes);

/// application/x-www-form-urlencoded.
using form_fields = std::vector<std::pair<std::string, std::string>>;
std::string render_form(const form_fields& fields);

std::string base64url(std::string_view bytes);  ///< without padding (RFC 7515, 2)

/// An authorisation by a browser. The verifier is a secret (RFC 7636); so is the state.
struct code_request {
  std::string url;
  std::string state;
  std::string verifier;
};
code_request make_code_request(const oauth_settings& settings, const random_fn& random);

/// What the browser came back with.
struct code_answer {
  std::string code;
  std::string state;
};
/// `answer`: the whole address, or what follows its "?". Errors: config_invalid when there is
/// neither code nor error in it; else what the provider says (`oauth_error`). `state` is filled in
/// all the same, when it is there.
result<code_answer> read_redirect(std::string_view answer, std::string& state);

}  // namespace postroom::channels
