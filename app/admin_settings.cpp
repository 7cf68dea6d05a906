#include "app/admin_settings.hpp"

#include <algorithm>

#include "actors/settings_history.hpp"
#include "app/admin_pages.hpp"
#include "app/words.hpp"
#include "partitions/changes.hpp"

namespace postroom::app {
namespace {

using actors::change_settings;

template <class Request>
std::shared_ptr<change_settings> change_of(const Request& r) {
  auto out = std::make_shared<change_settings>();
  out->partitions = {r.partitions().begin(), r.partitions().end()};
  if (r.has_general()) out->general = r.general();
  out->prune = r.prune();
  return out;
}

template <class Response>
void add_problems(const actors::change_applied& done, Response& out) {
  for (const auto& p : done.problems) {
    auto& to = *out.add_problems();
    to.set_partition(p.partition);
    to.set_path(p.path);
    to.set_problem(p.what);
    to.set_remedy(p.remedy);
  }
}

template <class Response>
void add_changes(const partitions::change_list& changes, Response& out) {
  for (const auto& c : changes.changes) *out.add_changes() = c;
  out.set_changes_total(changes.total);
}

/// The token of a page is the last version on it.
result<uint64_t> version_of_token(const std::string& token) {
  if (token.empty()) return UINT64_MAX;
  if (const auto version = to_number(token); version && *version > 0) return *version;
  return fail(ec::config_invalid, "page_token is none this server gave; start again without it");
}

}  // namespace

std::shared_ptr<const change_settings> wanted_change(const admin::v1::CheckRequest& r) {
  auto out = change_of(r);
  out->dry_run = true;
  return out;
}

std::shared_ptr<const change_settings> wanted_change(const admin::v1::ApplyRequest& r,
                                                     const std::string& from) {
  auto out = change_of(r);
  out->dry_run = r.dry_run();
  out->who = r.who();
  out->from = from;
  out->reason = r.reason();
  out->expected_version = r.expected_version();
  return out;
}

std::shared_ptr<const change_settings> wanted_change(const admin::v1::RollBackRequest& r,
                                                     const std::string& from) {
  auto out = std::make_shared<change_settings>();
  out->back = change_settings::roll_back{r.version(), r.partition()};
  out->dry_run = r.dry_run();
  out->who = r.who();
  out->from = from;
  out->reason = r.reason();
  out->expected_version = r.expected_version();
  return out;
}

admin::v1::CheckResponse to_check_response(const actors::change_applied& done) {
  admin::v1::CheckResponse out;
  add_problems(done, out);
  return out;
}

admin::v1::ApplyResponse to_apply_response(const actors::change_applied& done) {
  admin::v1::ApplyResponse out;
  add_problems(done, out);
  out.set_version(done.version);
  out.set_unchanged(done.unchanged);
  for (const auto& line : done.changed) out.add_changed(line);
  if (done.changes) add_changes(*done.changes, out);
  return out;
}

result<admin::v1::ListVersionsResponse> list_versions(const storage::unit_store& store,
                                                      const admin::v1::ListVersionsRequest& r) {
  const auto below = version_of_token(r.page_token());
  if (!below) return below.error();
  const auto size = r.page_size() == 0 ? default_page_size : std::min(r.page_size(), max_page_size);
  auto history = actors::load_history(store, *below, size);
  if (!history) return history.error();
  admin::v1::ListVersionsResponse out;
  for (auto& version : *history) *out.add_versions() = std::move(version);
  if (!history->empty() && out.versions().rbegin()->version() > 1)
    out.set_next_page_token(std::to_string(out.versions().rbegin()->version()));
  return out;
}

result<admin::v1::DiffResponse> diff(const storage::unit_store& store,
                                     const admin::v1::DiffRequest& r) {
  auto to = r.to() == 0 ? actors::newest_version(store) : result<uint64_t>{r.to()};
  if (!to) return to.error();
  auto from = r.from() == 0 ? actors::newest_version(store, *to) : result<uint64_t>{r.from()};
  if (!from) return from.error();
  const auto after = actors::load_version(store, *to);
  if (!after) return after.error();
  // Before the first version there was nothing.
  const auto before = *from == 0 ? result<config::v1::Settings>{config::v1::Settings{}}
                                 : actors::load_version(store, *from);
  if (!before) return before.error();
  admin::v1::DiffResponse out;
  out.set_from(*from);
  out.set_to(*to);
  add_changes(partitions::changes_between(*before, *after), out);
  return out;
}

}  // namespace postroom::app
