#include <cassert>
#include <new>

#include "channels/connection_impl.hpp"
#include "channels/curl_endpoint.hpp"
#include "channels/curl_status.hpp"
#include "channels/event_loop.hpp"
#include "channels/event_loop_internals.hpp"
#include "channels/tokens.hpp"
#include "channels/transcript.hpp"

/// From nothing to a signed-in connection.
namespace postroom::channels {

namespace {

constexpr std::size_t line_bytes = 1'000;

}  // namespace

void connection::impl::open() {
  assert(now == state::fresh);
  now = state::signing_in;
  opened_at = clock::now();
  if (signs_in_by_token(server)) return ask_for_token();
  prepare();
}

void connection::impl::ask_for_token() {
  timer = loop.after(server.connect_timeout, [this] {
    timer = 0;
    broken(fail(ec::timeout, "no access token within " +
                                 std::to_string(server.connect_timeout.count()) + " ms"));
  });
  server.tokens->get([self = weak_from_this()](result<std::string> got) {
    if (const auto x = self.lock()) x->on_token(std::move(got));
  });
}

void connection::impl::on_token(result<std::string> got) {
  if (now != state::signing_in) return;
  loop.cancel(timer);
  timer = 0;
  if (!got) return broken(got.error());
  // The same one again: the server refuses this login, not the token.
  if (*got == token_before)
    return broken(fail(ec::auth_refused,
                       "the server takes the access token for another account, "
                       "or lacks a permission of it"));
  token = std::move(*got);
  if (!easy) return prepare();
  curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, token.c_str());
  use_rest_of_time();
  listen_in();
  start_transfer();
}

/// What an endpoint has for its sign-in counts from the start, also the wait for the token.
void connection::impl::use_rest_of_time() {
  const auto gone = std::chrono::floor<duration>(clock::now() - opened_at);
  const auto rest = std::max<int64_t>((server.connect_timeout - gone).count(), 1);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(rest));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(rest));
}

/// A token can be withdrawn before its end; a fresh one shows whether it was that.
bool connection::impl::try_with_fresh_token() {
  if (token.empty() || !token_before.empty()) return false;
  token_before = std::exchange(token, {});
  loop.internals().transfers().drop(easy);
  server.tokens->refused(token_before);
  ask_for_token();
  return true;
}

void connection::impl::prepare() {
  easy = curl_easy_init();
  if (!easy) throw std::bad_alloc();
  auto& transfers = loop.internals().transfers();
  if (auto applied = apply_endpoint(easy, scheme, server, transfers.share(), hello); !applied) {
    return broken(applied.error());
  }
  if (!token.empty()) {
    curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, token.c_str());
    use_rest_of_time();
  }
  said = std::make_unique<std::array<char, CURL_ERROR_SIZE>>();
  said->front() = 0;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, said->data());
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &impl::on_line);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  listen_in();
  start_transfer();
}

void connection::impl::start_transfer() {
  loop.internals().transfers().start(easy, lane_of(server), [this](CURLcode rc) { signed_in(rc); });
}

void connection::impl::listen_in() {
  if (!server.heard) return;
  server.heard->begin(scheme, server.security == security::tls,
                      token.empty() ? server.password : token);
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &impl::on_debug);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, server.heard.get());
}

/// Left to choose, libcurl takes Kerberos first when the server offers it and the login has a
/// domain, and does not try another mechanism when there is no ticket. Then once more without it.
bool connection::impl::try_without_gssapi() {
  const bool was_tried = !server.tokens && gssapi_offered && server.auth_methods.empty() &&
                         server.login.find_first_of("@/\\") != std::string::npos;
  if (!was_tried || std::exchange(without_gssapi, true)) return false;
  loop.internals().transfers().drop(easy);
  curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, mechanisms_without_gssapi);
  start_transfer();
  return true;
}

int connection::impl::on_debug(CURL*, curl_infotype what, char* text, std::size_t n, void* heard) {
  auto& to = *static_cast<transcript*>(heard);
  const std::string_view bytes(text, n);
  if (what == CURLINFO_TEXT) to.note(bytes);
  if (what == CURLINFO_HEADER_IN) to.received(bytes);
  if (what == CURLINFO_HEADER_OUT) to.sent(bytes);
  return 0;
}

std::size_t connection::impl::on_line(char* text, std::size_t, std::size_t n, void* self) {
  auto* x = static_cast<impl*>(self);
  std::string_view line(text, n);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  x->last_line = line.substr(0, line_bytes);
  if (x->greeting.empty()) x->greeting = x->last_line;
  if (line.find("CAPABILITY ") != line.npos) x->capability_line = x->last_line;
  if (line.find("GSSAPI") != line.npos) x->gssapi_offered = true;
  return n;
}

void connection::impl::signed_in(CURLcode rc) {
  const auto self = shared_from_this();
  if (code_of(rc) == ec::auth_refused && (try_with_fresh_token() || try_without_gssapi())) return;
  if (rc != CURLE_OK) {
    auto why = error_of(rc, said->data());
    release();
    now = state::gone;
    who->on_broken(std::move(why));
    return;
  }
  take_over();
}

}  // namespace postroom::channels
