#include <atomic>
#include <future>

#include "app/oauth_table.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "partitions/secret_reference.hpp"

/// A person authorises an OAuth client.
namespace postroom::app {

namespace {

constexpr duration good_for{600'000};  // of what was begun
constexpr std::chrono::seconds stop_patience{10};
constexpr std::chrono::seconds patience{90};  // longer than the provider has

/// Waits for the end of a call that comes on the loop thread.
template <class T, class Call>
result<T> wait_for(Call call) {
  const auto end = std::make_shared<std::promise<result<T>>>();
  auto future = end->get_future();
  call([end](result<T> got) { end->set_value(std::move(got)); });
  if (future.wait_for(patience) == std::future_status::ready) return future.get();
  return fail(ec::timeout, "the provider gave no answer in time");
}

error not_begun() {
  return fail(ec::conflict,
              "answer: fits no authorisation that is under way; it may have ended, or another one "
              "was begun since: begin again");
}

}  // namespace

void oauth_table::await_answers() {
  struct rest {
    std::promise<void> none;
    std::atomic<std::size_t> left{1};
  };
  const auto open = std::make_shared<rest>();
  const auto one_less = [open](const result<void>&) {
    if (--open->left == 0) open->none.set_value();
  };
  auto future = open->none.get_future();
  for (const auto& [k, e] : entries_of({})) {
    if (!is_person_grant(e.config)) continue;
    ++open->left;
    e.client->retire(one_less);
  }
  one_less({});
  future.wait_for(stop_patience);
}

uint64_t oauth_table::add_pending(const key& k, pending p) {
  std::lock_guard lock{mutex_};
  p.id = ++last_pending_;
  last_failure_.erase(k);
  return (pending_[k] = std::move(p)).id;
}

result<oauth_begun> oauth_table::begin(const partition_id& partition, const std::string& client,
                                       const channels::oauth_words& by) {
  const key k{partition.value, client};
  const auto e = need(k);
  if (!e) return e.error();
  if (!is_person_grant(e->config))
    return fail(ec::config_invalid, "name: " + client +
                                        " has the grant client_credentials: it signs in by itself, "
                                        "and nobody can authorise it here");
  if (!has_key())
    return fail(ec::config_invalid,
                "secrets_key: is not set in node.yaml, so what a person authorises cannot be "
                "stored; make a key with `(umask 077; openssl rand -hex 32 > secrets.key)`, write "
                "`secrets_key: file:/PATH/secrets.key`, and start the server anew");
  e->client->cancel_device();
  const bool device = e->client->settings().grant == channels::oauth_grant::device_code;
  return device ? begin_device(k, *e, by) : begin_code(k, *e, by);
}

result<oauth_begun> oauth_table::begin_code(const key& k, const entry& e,
                                            const channels::oauth_words& by) {
  pending p;
  p.request = channels::make_code_request(e.client->settings(), world_.random);
  p.by = by;
  p.until = world_.clock() + good_for;
  oauth_begun out;
  out.url = p.request.url;
  out.comes_back = e.config.callback_url().starts_with("https://");
  out.until = p.until;
  add_pending(k, std::move(p));
  return out;
}

result<oauth_begun> oauth_table::begin_device(const key& k, const entry& e,
                                              const channels::oauth_words& by) {
  const auto id = add_pending(k, {{}, by, world_.clock() + good_for, 0});
  const auto got = wait_for<channels::device_prompt>([&](auto done) {
    e.client->authorise_device(by, std::move(done),
                               [this, site = site_, k, id](const result<void>& how) {
                                 guarded(site, [&] { on_device_end(k, id, how); });
                               });
  });
  std::lock_guard lock{mutex_};
  const auto found = pending_.find(k);
  const bool current = found != pending_.end() && found->second.id == id;
  if (!got) {
    if (current) pending_.erase(found);
    return got.error();
  }
  if (current) found->second.until = got->until;
  return oauth_begun{got->url, got->user_code, true, got->until};
}

void oauth_table::on_device_end(const key& k, uint64_t id, const result<void>& how) {
  {
    std::lock_guard lock{mutex_};
    const auto found = pending_.find(k);
    if (found == pending_.end() || found->second.id != id) return;
    pending_.erase(found);
  }
  note_end(k, how);
}

void oauth_table::note_end(const key& k, const result<void>& how) {
  if (how) {
    log::info("oauth_authorised", {{"partition", k.first}, {"client", k.second}});
    look_soon();
    return authorised_(partition_id{k.first});
  }
  log::warn("oauth_not_authorised",
            {{"partition", k.first}, {"client", k.second}, {"error", how.error().text()}});
  std::lock_guard lock{mutex_};
  last_failure_[k] = how.error().text();
}

/// A state is good once, for who began it.
result<oauth_table::pending> oauth_table::take(const key& k, const std::string& state,
                                               const std::string& who) {
  std::lock_guard lock{mutex_};
  const auto found = pending_.find(k);
  if (found == pending_.end() || found->second.request.state.empty() ||
      found->second.until <= world_.clock() ||
      !equal_in_constant_time(found->second.request.state, state))
    return not_begun();
  if (found->second.by.who != who)
    return fail(ec::conflict, "answer: another person began this authorisation; begin again");
  auto out = std::move(found->second);
  pending_.erase(found);
  return out;
}

result<void> oauth_table::redeem(const key& k, const pending& p,
                                 const result<channels::code_answer>& got) {
  const auto e = need(k);
  if (!e) return e.error();
  auto how = got ? wait_for<void>([&](auto done) {
    e->client->redeem(got->code, p.request.verifier, p.by, std::move(done));
  })
                 : result<void>{got.error()};
  note_end(k, how);
  return how;
}

result<void> oauth_table::finish(const partition_id& partition, const std::string& client,
                                 const std::string& answer, const std::string& who) {
  const key k{partition.value, client};
  if (const auto e = need(k); !e) return e.error();
  std::string state;
  const auto got = channels::read_redirect(answer, state);
  if (state.empty()) return got ? not_begun() : got.error();
  const auto p = take(k, state, who);
  if (!p) return p.error();
  return redeem(k, *p, got);
}

std::optional<std::pair<oauth_table::key, std::string>> oauth_table::begun_with(
    const std::string& state) const {
  std::optional<std::pair<key, std::string>> out;
  std::lock_guard lock{mutex_};
  for (const auto& [k, p] : pending_)
    if (!p.request.state.empty() && equal_in_constant_time(p.request.state, state))
      out = {k, p.by.who};
  return out;
}

std::optional<std::string> oauth_table::partition_of(const std::string& query) const {
  std::string state;
  static_cast<void>(channels::read_redirect(query, state));
  const auto found = begun_with(state);
  return found ? std::optional{found->first.first} : std::nullopt;
}

result<void> oauth_table::finish_callback(const std::string& query) {
  std::string state;
  const auto got = channels::read_redirect(query, state);
  const auto found = begun_with(state);
  if (!found) return not_begun();
  const auto p = take(found->first, state, found->second);
  if (!p) return p.error();
  return redeem(found->first, *p, got);
}

result<bool> oauth_table::forget(const partition_id& partition, const std::string& client,
                                 const channels::oauth_words& by) {
  const key k{partition.value, client};
  const auto e = need(k);
  if (!e) {
    // Configured no more; what it left can still go.
    const auto had = site_->vault.remove_token({k.first, partitions::oauth_token_name(client)},
                                               {by.who, by.from, by.reason, world_.clock()});
    return had && !*had ? result<bool>{e.error()} : had;
  }
  e->client->cancel_device();
  {
    std::lock_guard lock{mutex_};
    pending_.erase(k);
    last_failure_.erase(k);
  }
  auto had = wait_for<bool>([&](auto done) { e->client->forget(by, std::move(done)); });
  if (had) look_soon();
  if (had) authorised_(partition);
  return had;
}

}  // namespace postroom::app
