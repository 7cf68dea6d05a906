#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/http.hpp"
#include "channels/inbound.hpp"

namespace postroom::channels {

/// http_client with the sign-in of an endpoint: its tokens, or its password by NTLM or Basic. With
/// both allowed the first request goes out without, and the strongest of what WWW-Authenticate
/// offers is kept. A token that the server refuses is exchanged once per request. Loop thread only.
class ews_http {
 public:
  using id = uint64_t;
  using done_fn = http_client::done_fn;

  ews_http(event_loop& loop, endpoint server);

  /// Whether the endpoint's auth_methods leave any way to sign in; ec::config_invalid.
  [[nodiscard]] result<void> usable() const;

  /// As http_client::start; ca_file, owner and limits of time come from the endpoint, but for how
  /// long a long-lived request may be silent. An answer of 401 or 403 is ec::auth_refused.
  id start(http_request request, done_fn done);
  void resume(id which);
  void cancel(id which);

 private:
  struct attempt {
    http_request request;
    done_fn done;
    http_client::id http = 0;  ///< 0: not sent
    std::string token;
    http_auth used = http_auth::none;
    bool exchanged = false;  ///< the token was refused once
  };

  void send(id which);
  void send_with_token(id which);
  void go(id which, http_request request);
  void on_answer(id which, result<http_answer> got);
  bool try_again(id which, attempt& a, const http_answer& answer);
  void finish(id which, result<http_answer> got);

  endpoint server_;
  bool allows_ntlm_ = true, allows_basic_ = true, allows_none_ = true;
  std::optional<http_auth> chosen_;
  id last_ = 0;
  std::map<id, attempt> attempts_;
  std::shared_ptr<ews_http*> alive_;  ///< for ends that come from elsewhere
  http_client client_;
};

/// What the fields WWW-Authenticate offer (RFC 9110 section 11.6.1): (NTLM, Basic).
std::pair<bool, bool> offered_auth(const http_answer& answer);

}  // namespace postroom::channels
