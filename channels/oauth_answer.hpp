#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "channels/http.hpp"

/// What an identity provider answers. Pure; bounded; no detail holds what it said of a person or a
/// token.
namespace postroom::channels {

/// What was asked for; the same refusal means another thing in another step.
enum class oauth_step {
  application,  ///< client credentials
  renew,        ///< a refresh token
  authorise,    ///< a code of a browser or a device
};

/// Of an RFC 6749 error code and its description, of which only Microsoft's AADSTS number counts.
error oauth_error(std::string_view code, std::string_view description, oauth_step step);

struct token_answer {
  std::string access_token;
  std::string refresh_token;  ///< blank: the old one stays
  duration life{};
  time_point until{};  ///< its end; for who knows when it came
};

/// What came of a request to the token or device endpoint.
struct oauth_refusal {
  error why;
  std::string code;        ///< "authorization_pending"
  duration retry_after{};  ///< 0: not said
};

/// A 2xx answer as a token. Errors: protocol_violation.
result<token_answer> read_token(const http_answer& answer);
/// Any other answer.
oauth_refusal read_refusal(const http_answer& answer, oauth_step step, time_point now);

struct device_answer {
  std::string device_code;  ///< a secret
  std::string user_code;
  std::string url;
  duration life{};
  duration interval{};
};
result<device_answer> read_device(const http_answer& answer);

}  // namespace postroom::channels
