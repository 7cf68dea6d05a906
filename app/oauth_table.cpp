#include "app/oauth_table.hpp"

#include <algorithm>

#include "partitions/secret_reference.hpp"

namespace postroom::app {

using admin::v1::OAuthClientStatus;

namespace {

constexpr duration first_look{5'000};

const char* word_of(const std::optional<error>& trouble, bool has_token) {
  if (trouble) return trouble->code == ec::oauth_not_authorized ? "not_authorized" : "failing";
  return has_token ? "ready" : "idle";
}

}  // namespace

oauth_table::oauth_table(executor& pool, secrets::vault& vault, channels::oauth_world world,
                         std::function<void(const partition_id&)> authorised)
    : site_(new oauth_site{pool, vault, world.post, world.clock, {}, false}),
      world_(std::move(world)),
      authorised_(std::move(authorised)) {
  world_.post([this, site = site_] { guarded(site, [this] { look_later(first_look); }); });
}

oauth_table::~oauth_table() {
  stop();
}

void oauth_table::stop() {
  {
    std::shared_lock alive{site_->life};
    if (site_->ended) return;
  }
  await_answers();
  std::unique_lock last{site_->life};
  site_->ended = true;
}

void oauth_table::guarded(const std::shared_ptr<oauth_site>& site,
                          const std::function<void()>& work) {
  std::shared_lock alive{site->life};
  if (!site->ended) work();
}

void oauth_table::use(const config::v1::Settings& settings) {
  use_clients(settings);
  look_soon();
}

void oauth_table::use_clients(const config::v1::Settings& settings) {
  std::lock_guard lock{mutex_};
  const auto before = std::exchange(clients_, {});
  for (const auto& p : settings.partitions())
    for (int i = 0; i < p.oauth_clients_size(); ++i) use_client(p, i, before);
  for (const auto& [k, old] : before)
    if (!clients_.contains(k)) old.client->retire([](const result<void>&) {});
  std::erase_if(pending_, [this](const auto& e) { return !clients_.contains(e.first); });
  std::erase_if(last_failure_, [this](const auto& e) { return !clients_.contains(e.first); });
}

void oauth_table::use_client(const config::v1::Partition& p, int place,
                             const std::map<key, entry>& before) {
  const auto& config = p.oauth_clients(place);
  const key k{p.id(), config.name()};
  auto& e = clients_[k];
  const auto old = before.find(k);
  const bool kept =
      old != before.end() && old->second.config.SerializeAsString() == config.SerializeAsString();
  if (kept) e = old->second;
  e.config = config;
  e.place = place;
  e.used_by = partitions::users_of_client(p, config.name());
  if (kept) return;
  auto settings = oauth_settings_of(config);
  settings.owner = p.id();
  e.client = channels::oauth_client::make(world_, std::move(settings),
                                          make_oauth_keeper(site_, partition_id{p.id()}, config));
  if (old != before.end()) e.client->follow(old->second.client);
  pending_.erase(k);
  last_failure_.erase(k);
}

result<oauth_table::entry> oauth_table::need(const key& k) const {
  std::lock_guard lock{mutex_};
  const auto found = clients_.find(k);
  if (found != clients_.end()) return found->second;
  return fail(ec::not_found, "partition " + k.first + " has no OAuth client " + k.second +
                                 "; `postroom oauth list` shows those there are");
}

std::vector<std::pair<oauth_table::key, oauth_table::entry>> oauth_table::entries_of(
    const std::string& partition) const {
  std::vector<std::pair<key, entry>> out;
  {
    std::lock_guard lock{mutex_};
    for (const auto& [k, e] : clients_)
      if (partition.empty() || k.first == partition) out.emplace_back(k, e);
  }
  std::ranges::stable_sort(out, [](const auto& a, const auto& b) {
    return std::pair{a.first.first, a.second.place} < std::pair{b.first.first, b.second.place};
  });
  return out;
}

result<token_access> oauth_table::access_of(const partition_id& partition,
                                            const std::string& client) const {
  auto e = need({partition.value, client});
  if (!e) return fail(ec::config_invalid, "oauth: " + e.error().detail);
  return token_access{e->client, channels::microsoft_cloud_of(e->config.cloud()).graph + "/v1.0"};
}

void oauth_table::secret_changed(const partition_id& partition) {
  for (const auto& [k, e] : entries_of(partition.value)) e.client->try_anew();
}

std::vector<OAuthClientStatus> oauth_table::list(const partition_id& partition) const {
  std::vector<OAuthClientStatus> out;
  for (const auto& [k, e] : entries_of(partition.value)) out.push_back(status_of(k, e));
  return out;
}

result<OAuthClientStatus> oauth_table::status(const partition_id& partition,
                                              const std::string& client) const {
  const key k{partition.value, client};
  const auto e = need(k);
  if (!e) return e.error();
  return status_of(k, *e);
}

OAuthClientStatus oauth_table::status_of(const key& k, const entry& e) const {
  OAuthClientStatus out;
  const auto now = world_.clock();
  const auto state = e.client->state();
  const auto found = look_at(k, e);
  out.set_name(k.second);
  out.set_grant(e.config.grant().empty() ? "client_credentials" : e.config.grant());
  out.set_token_requests(state.requests);
  *out.mutable_used_by() = {e.used_by.begin(), e.used_by.end()};
  *out.mutable_ends() = {found.ends.begin(), found.ends.end()};
  out.set_authorized_by(found.authorized_by);
  out.set_authorized_at(found.authorized_at);
  const auto& trouble = found.trouble ? found.trouble : state.trouble;
  if (state.token_until > now) out.set_token_until(to_millis(state.token_until));
  out.set_state(word_of(trouble, state.token_until > now));
  if (trouble) {
    out.set_error(trouble->text());
    out.set_remedy(std::string{describe(trouble->code).remedy});
  }
  std::lock_guard lock{mutex_};
  if (const auto p = pending_.find(k); p != pending_.end() && p->second.until > now) {
    out.mutable_pending()->set_begun_by(p->second.by.who);
    out.mutable_pending()->set_until(to_millis(p->second.until));
  }
  if (const auto f = last_failure_.find(k); f != last_failure_.end())
    out.set_last_failure(f->second);
  return out;
}

void oauth_table::add_glance(admin::v1::PartitionStatus& partition) const {
  struct row {
    int place;
    std::string name;
    std::shared_ptr<channels::oauth_client> client;
    std::shared_ptr<const finding> seen;
  };
  std::vector<row> rows;
  {
    std::lock_guard lock{mutex_};
    for (auto at = clients_.lower_bound({partition.id(), {}});
         at != clients_.end() && at->first.first == partition.id(); ++at)
      rows.push_back({at->second.place, at->first.second, at->second.client, at->second.seen});
  }
  std::ranges::sort(rows, {}, &row::place);
  const auto now = world_.clock();
  const finding nothing;
  for (const auto& r : rows) {
    const auto& seen = r.seen ? *r.seen : nothing;
    add_client(*partition.add_oauth(), r.name, r.client->state(), seen, now);
  }
}

void oauth_table::add_client(admin::v1::OAuthGlance& out, const std::string& name,
                             const channels::oauth_state& state, const finding& seen,
                             time_point now) {
  const bool has_token = state.token_until > now;
  // Who has a token was authorised after that look.
  const auto& trouble = seen.trouble && !has_token ? seen.trouble : state.trouble;
  out.set_name(name);
  out.set_state(word_of(trouble, has_token));
  if (trouble) out.set_error(trouble->text());
  const auto first = std::ranges::min_element(seen.ends, {}, &admin::v1::OAuthEnd::at);
  if (first == seen.ends.end()) return;
  out.set_ends(first->what());
  out.set_days_left(days_until(from_millis(first->at()), now));
}

}  // namespace postroom::app
