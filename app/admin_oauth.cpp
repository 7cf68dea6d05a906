#include "app/admin_oauth.hpp"

#include "app/admin_words.hpp"
#include "app/oauth_table.hpp"
#include "app/trials_gate.hpp"
#include "secrets/secure_bytes.hpp"

namespace postroom::app {

namespace {

constexpr const char* callback_path = "/oauth/callback";

template <class Request>
channels::oauth_words spoken_by(const Request& r, const std::string& from) {
  if constexpr (requires { r.reason(); })
    return {r.who(), from, r.reason()};
  else
    return {r.who(), from, {}};
}

/// Nothing of it comes from outside, but for what names an error of ours.
api::http_response page(int status, const std::string& title, const std::string& text) {
  api::http_response out;
  out.status = status;
  out.content_type = "text/html; charset=utf-8";
  out.body = "<!doctype html><meta charset=\"utf-8\"><title>" + title + "</title><h1>" + title +
             "</h1><p>" + text + "</p>\n";
  out.headers = {{"Cache-Control", "no-store"},
                 {"Referrer-Policy", "no-referrer"},
                 {"X-Content-Type-Options", "nosniff"},
                 {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"}};
  return out;
}

result<void> finish_callback(oauth_table& table, trial_gate& gate, const std::string& query) {
  const auto partition = table.partition_of(query);
  if (!partition) return table.finish_callback(query);  // fits nothing, which it says at once
  const auto stay = gate.enter(*partition);
  if (!stay) return stay.error();
  return table.finish_callback(query);
}

api::http_response answer_callback(oauth_table& table, trial_gate& gate, const std::string& query) {
  const auto done = finish_callback(table, gate, query);
  if (done)
    return page(200, "Postroom is authorised",
                "You can close this page. The servers that wait for it start now.");
  if (done.code() == ec::overloaded)
    return page(503, "Postroom is not authorised yet",
                "Something else is under way. Load this page again in a minute.");
  const auto code = std::string{to_string(done.error().code)};
  return page(done.code() == ec::conflict ? 400 : 502, "Postroom is not authorised",
              "It failed (" + code +
                  "). <code>postroom oauth list</code> says why and what to do; "
                  "then begin again.");
}

}  // namespace

result<admin::v1::ListOAuthResponse> list_oauth(const admin_backend& backend,
                                                const admin::v1::ListOAuthRequest& request) {
  admin::v1::ListOAuthResponse out;
  for (auto& client : backend.oauth()->list(partition_id{request.partition()}))
    *out.add_clients() = std::move(client);
  out.set_has_key(backend.oauth()->has_key());
  return out;
}

result<admin::v1::BeginOAuthResponse> begin_oauth(const admin_backend& backend,
                                                  admin::v1::BeginOAuthRequest request,
                                                  const std::string& from) {
  if (auto ok = check_partition_and_who(request); !ok) return ok.error();
  if (auto ok = check_reason_if_demanded(backend, request); !ok) return ok.error();
  const auto stay = backend.gate->enter(request.partition());
  if (!stay) return stay.error();
  const auto begun = backend.oauth()->begin(partition_id{request.partition()}, request.name(),
                                            spoken_by(request, from));
  if (!begun) return begun.error();
  admin::v1::BeginOAuthResponse out;
  out.set_url(begun->url);
  out.set_user_code(begun->user_code);
  out.set_comes_back(begun->comes_back && backend.over_https);
  out.set_until(to_millis(begun->until));
  return out;
}

result<admin::v1::FinishOAuthResponse> finish_oauth(const admin_backend& backend,
                                                    admin::v1::FinishOAuthRequest request,
                                                    const std::string& /*from*/) {
  const secrets::wiped at_the_end{*request.mutable_answer()};
  if (auto ok = check_partition_and_who(request); !ok) return ok.error();
  const partition_id part{request.partition()};
  const auto stay = backend.gate->enter(request.partition());
  if (!stay) return stay.error();
  const auto done =
      backend.oauth()->finish(part, request.name(), trimmed(request.answer()), request.who());
  if (!done) return done.error();
  auto status = backend.oauth()->status(part, request.name());
  if (!status) return status.error();
  admin::v1::FinishOAuthResponse out;
  *out.mutable_client() = std::move(*status);
  return out;
}

result<admin::v1::ForgetOAuthResponse> forget_oauth(const admin_backend& backend,
                                                    admin::v1::ForgetOAuthRequest request,
                                                    const std::string& from) {
  if (auto ok = check_partition_and_who(request); !ok) return ok.error();
  if (auto ok = check_reason_if_demanded(backend, request); !ok) return ok.error();
  const auto stay = backend.gate->enter(request.partition());
  if (!stay) return stay.error();
  const auto had = backend.oauth()->forget(partition_id{request.partition()}, request.name(),
                                           spoken_by(request, from));
  if (!had) return had.error();
  admin::v1::ForgetOAuthResponse out;
  out.set_had_token(*had);
  return out;
}

void register_oauth_callback(api::connect_server& server, const admin_backend& backend) {
  if (!backend.oauth) return;
  server.add_page(
      callback_path,
      {"GET", 0, [oauth = backend.oauth, gate = backend.gate](const api::http_request& in) {
         return answer_callback(*oauth(), *gate, in.query);
       }});
}

}  // namespace postroom::app
