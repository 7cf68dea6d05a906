#include "channels/graph_notices.hpp"

#include <algorithm>
#include <utility>

#include "base/digest.hpp"
#include "base/random.hpp"
#include "channels/event_loop.hpp"
#include "channels/graph_json.hpp"
#include "channels/http_values.hpp"

namespace postroom::channels {
namespace {

constexpr std::size_t max_token = 2'048;

/// How long it takes to find a digest tells nothing of the secret.
std::string key_of(std::string_view client_state) {
  return sha256{}.update(client_state).finish();
}

/// False: an event that we know nothing to do about.
bool add(graph_news& news, const std::string& lifecycle) {
  if (lifecycle.empty() || lifecycle == "missed") return news.changed = true;
  if (lifecycle == "reauthorizationRequired") return news.renew = true;
  if (lifecycle == "subscriptionRemoved") return news.removed = true;
  return false;
}

bool is_safe(unsigned char c) {
  return c >= ' ' && c < 0x7f && c != '<' && c != '>';
}

}  // namespace

std::string graph_notices::listen(event_loop& loop, heard_fn heard) {
  auto state = random_hex(system_random);
  const std::lock_guard lock(mutex_);
  if (listeners_.size() >= max_listeners) return {};
  listeners_.emplace(
      key_of(state),
      listener{&loop, std::make_shared<const heard_fn>(std::move(heard)), graph_news{}});
  return state;
}

void graph_notices::forget(const std::string& client_state) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(key_of(client_state));
}

std::size_t graph_notices::take(std::string_view body) {
  if (body.size() > max_body) return 0;
  const auto now = std::chrono::steady_clock::now();
  std::size_t known = 0;
  for (const auto& note : read_graph_notes(body)) {
    auto key = key_of(note.client_state);
    // A listener is forgotten before its loop ends: while it is here, the loop is there.
    const std::lock_guard lock(mutex_);
    const auto found = listeners_.find(key);
    if (found == listeners_.end()) continue;
    ++known;
    auto& one = found->second;
    if (!add(one.news, note.lifecycle) || one.posted) continue;
    one.news.heard_at = now;
    one.posted = one.loop->post([weak = weak_from_this(), key = std::move(key)] {
      if (const auto self = weak.lock()) self->deliver(key);
    });
  }
  return known;
}

void graph_notices::deliver(const std::string& key) {
  std::shared_ptr<const heard_fn> heard;
  graph_news news;
  {
    const std::lock_guard lock(mutex_);
    const auto found = listeners_.find(key);
    if (found == listeners_.end()) return;
    heard = found->second.heard;
    news = std::exchange(found->second.news, {});
    found->second.posted = false;
  }
  (*heard)(news);
}

std::optional<std::string> graph_notices::validation_answer(std::string_view query) {
  constexpr std::string_view name = "validationToken=";
  for (std::size_t at = 0; at < query.size();) {
    const auto end = std::min(query.find('&', at), query.size());
    const auto field = query.substr(at, end - at);
    at = end + 1;
    if (!field.starts_with(name)) continue;
    if (field.size() > name.size() + 3 * max_token) return std::string{};
    auto token = form_unescape(field.substr(name.size()));
    if (token.size() > max_token || !std::ranges::all_of(token, is_safe)) token.clear();
    return token;
  }
  return std::nullopt;
}

}  // namespace postroom::channels
