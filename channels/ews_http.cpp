#include "channels/ews_http.hpp"

#include <algorithm>

#include "channels/tokens.hpp"

namespace postroom::channels {
namespace {

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

bool names_method(const endpoint& server, std::string_view name) {
  return server.auth_methods.empty() ||
         std::ranges::any_of(server.auth_methods,
                             [&](const auto& m) { return upper_case(m) == name; });
}

error refusal(int status, const http_answer& answer) {
  std::string detail = "the server refuses the sign-in (HTTP " + std::to_string(status) + ")";
  if (const auto [ntlm, basic] = offered_auth(answer); status == 401 && !ntlm && !basic)
    detail += "; it offers neither NTLM nor Basic";
  return fail(ec::auth_refused, std::move(detail));
}

}  // namespace

std::pair<bool, bool> offered_auth(const http_answer& answer) {
  std::pair<bool, bool> out{false, false};
  for (const auto& [name, value] : answer.headers) {
    if (name != "www-authenticate") continue;
    const auto scheme = upper_case(value.substr(0, value.find(' ')));
    out.first = out.first || scheme == "NTLM";
    out.second = out.second || scheme == "BASIC";
  }
  return out;
}

ews_http::ews_http(event_loop& loop, endpoint server)
    : server_(std::move(server)), alive_(std::make_shared<ews_http*>(this)), client_(loop) {
  allows_ntlm_ = names_method(server_, "NTLM");
  allows_basic_ = names_method(server_, "BASIC");
  allows_none_ = names_method(server_, "NONE");
  if (server_.login.empty() || (!allows_ntlm_ && !allows_basic_)) {
    chosen_ = http_auth::none;
  } else if (allows_ntlm_ != allows_basic_) {
    chosen_ = allows_ntlm_ ? http_auth::ntlm : http_auth::basic;
  }
}

result<void> ews_http::usable() const {
  if (server_.tokens || server_.login.empty() || allows_ntlm_ || allows_basic_ || allows_none_)
    return {};
  return fail(ec::config_invalid, "of the authentication methods EWS knows NTLM and BASIC only");
}

ews_http::id ews_http::start(http_request request, done_fn done) {
  const id which = ++last_;
  request.ca_file = server_.ca_file;
  request.owner = server_.owner;
  request.heard = server_.heard;
  request.connect_timeout = server_.connect_timeout;
  if (!request.long_lived) request.request_timeout = server_.request_timeout;
  auto& a = attempts_[which];
  a.request = std::move(request);
  a.done = std::move(done);
  send(which);
  return which;
}

void ews_http::send(id which) {
  if (server_.tokens) return send_with_token(which);
  auto& a = attempts_.at(which);
  auto request = a.request;
  request.auth = a.used = chosen_.value_or(http_auth::none);
  if (request.auth != http_auth::none) {
    request.login = server_.login;
    request.password = server_.password;
  }
  go(which, std::move(request));
}

void ews_http::send_with_token(id which) {
  server_.tokens->get([weak = std::weak_ptr(alive_), which](result<std::string> got) {
    const auto self = weak.lock();
    if (!self || !(*self)->attempts_.contains(which)) return;
    if (!got) return (*self)->finish(which, got.error());
    auto& a = (*self)->attempts_.at(which);
    a.token = *got;
    auto request = a.request;
    request.headers.push_back("Authorization: Bearer " + *got);
    (*self)->go(which, std::move(request));
  });
}

void ews_http::go(id which, http_request request) {
  attempts_.at(which).http = client_.start(
      std::move(request), [this, which](auto got) { on_answer(which, std::move(got)); });
}

void ews_http::on_answer(id which, result<http_answer> got) {
  auto& a = attempts_.at(which);
  a.http = 0;
  if (got && got->status == 401 && try_again(which, a, *got)) return;
  if (got && (got->status == 401 || got->status == 403)) got = refusal(got->status, *got);
  finish(which, std::move(got));
}

bool ews_http::try_again(id which, attempt& a, const http_answer& answer) {
  if (server_.tokens) {
    server_.tokens->refused(a.token);
    if (std::exchange(a.exchanged, true)) return false;
  } else {
    const auto [ntlm, basic] = offered_auth(answer);
    if (!chosen_ && (ntlm || basic)) chosen_ = ntlm ? http_auth::ntlm : http_auth::basic;
    if (chosen_.value_or(a.used) == a.used) return false;
  }
  send(which);
  return true;
}

void ews_http::finish(id which, result<http_answer> got) {
  auto done = std::move(attempts_.at(which).done);
  attempts_.erase(which);
  done(std::move(got));
}

void ews_http::resume(id which) {
  const auto found = attempts_.find(which);
  if (found != attempts_.end() && found->second.http) client_.resume(found->second.http);
}

void ews_http::cancel(id which) {
  const auto found = attempts_.find(which);
  if (found == attempts_.end()) return;
  if (found->second.http) client_.cancel(found->second.http);
  attempts_.erase(found);
}

}  // namespace postroom::channels
