#include <array>
#include <cmath>

#include "app/oauth_table.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "channels/oauth_assertion.hpp"
#include "partitions/model.hpp"

/// What of OAuth clients ends some day.
namespace postroom::app {

using admin::v1::OAuthEnd;

namespace {

constexpr duration look_every{3'600'000};
constexpr std::array warn_at{3, 14, 30};  // days

OAuthEnd make_end(const char* what, time_point at, int32_t days) {
  OAuthEnd out;
  out.set_what(what);
  out.set_at(to_millis(at));
  out.set_days_left(days);
  return out;
}

}  // namespace

int32_t oauth_table::days_until(time_point end, time_point now) {
  return static_cast<int32_t>(std::chrono::floor<std::chrono::days>(end - now).count());
}

oauth_table::finding oauth_table::look_at(const key& k, const entry& e) const {
  finding out;
  const auto add = [&, now = world_.clock()](const char* what, time_point at) {
    out.ends.push_back(make_end(what, at, days_until(at, now)));
  };
  const auto expires = partitions::parse_start_from(e.config.secret_expires());
  if (expires && expires->kind == partitions::start_kind::date) add("client_secret", expires->date);
  if (const auto& path = e.config.certificate_file(); !path.empty()) {
    const auto text = read_certificate(path);
    const auto end = text ? channels::certificate_end(*text) : text.error();
    if (end) add("certificate", *end);
  }
  if (!is_person_grant(e.config)) return out;
  const auto grant = read_grant(site_->vault, partition_id{k.first}, e.config);
  if (!grant || !*grant) {
    out.trouble =
        grant ? fail(ec::oauth_not_authorized, "nobody has authorised it") : grant.error();
    return out;
  }
  out.authorized_by = (*grant)->authorized_by();
  out.authorized_at = (*grant)->authorized_at();
  add("refresh_token", from_millis((*grant)->renewed_at()) + refresh_token_lifetime(e.config));
  return out;
}

void oauth_table::look_at_ends() {
  for (const auto& [k, e] : entries_of({})) {
    auto found = look_at(k, e);
    for (const auto& end : found.ends) {
      metrics::get_gauge(
          "postroom_oauth_days_left",
          "days until a secret, certificate or refresh token of an OAuth client ends",
          {{"partition", k.first}, {"client", k.second}, {"what", end.what()}})
          .set(end.days_left());
      warn_of(k, end);
      if (end.what() != "refresh_token") continue;
      // One that nobody uses would end: an outgoing server may have nothing to send for months.
      const auto left = from_millis(end.at()) - world_.clock();
      if (3 * left < 2 * refresh_token_lifetime(e.config)) e.client->renew();
    }
    keep_finding(k, e, std::move(found));
  }
}

void oauth_table::keep_finding(const key& k, const entry& e, finding found) {
  auto seen = std::make_shared<const finding>(std::move(found));
  std::lock_guard lock{mutex_};
  const auto at = clients_.find(k);
  if (at != clients_.end() && at->second.client == e.client) at->second.seen = std::move(seen);
}

/// One at a time: while a file hangs, changes of the configuration take no more threads of the
/// pool.
void oauth_table::look_soon() {
  {
    std::lock_guard lock{mutex_};
    look_again_ = true;
    if (std::exchange(looking_, true)) return;
  }
  const bool taken =
      site_->pool.try_submit([this, site = site_] { guarded(site, [this] { look_now(); }); });
  if (taken) return;
  std::lock_guard lock{mutex_};
  looking_ = false;
}

void oauth_table::look_now() {
  for (;;) {
    {
      std::lock_guard lock{mutex_};
      if (!std::exchange(look_again_, false)) {
        looking_ = false;
        return;
      }
    }
    look_at_ends();
  }
}

/// Once at each threshold; again for a secret or certificate that was made anew. A refresh token is
/// made anew all the time, by nobody's doing.
void oauth_table::warn_of(const key& k, const OAuthEnd& end) {
  const auto line = std::find_if(warn_at.begin(), warn_at.end(),
                                 [&](int days) { return end.days_left() < days; });
  const auto name = k.first + "/" + k.second + "/" + end.what();
  const int64_t which = end.what() == "refresh_token" ? 0 : end.at();
  {
    std::lock_guard lock{mutex_};
    if (line == warn_at.end()) {
      warned_.erase(name);
      return;
    }
    const auto said = std::pair{which, *line};
    const auto [was, fresh] = warned_.emplace(name, said);
    if (!fresh && was->second.first == which && was->second.second <= *line) return;
    was->second = said;
  }
  log::warn("oauth_ends_soon", {{"partition", k.first},
                                {"client", k.second},
                                {"what", end.what()},
                                {"days_left", end.days_left()}});
}

void oauth_table::look_later(duration after) {
  world_.after(after, [this, site = site_] {
    guarded(site, [this] {
      look_soon();
      look_later(look_every);
    });
  });
}

}  // namespace postroom::app
