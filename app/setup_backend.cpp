#include "app/setup_backend.hpp"

#include <utility>

#include "actors/settings.hpp"
#include "actors/settings_history.hpp"

namespace postroom::app {

result<std::shared_ptr<const actors::settings_document>> stored_settings::now() {
  const auto store = store_();
  const auto newest = actors::newest_version(*store);
  if (!newest) return newest.error();
  std::lock_guard lock{mutex_};
  if (last_ && last_->version >= *newest) return last_;
  auto document = actors::load_settings(*store);
  if (!document) return document.error();
  last_ = std::make_shared<const actors::settings_document>(std::move(*document));
  return last_;
}

result<void> check_revision(uint64_t revision) {
  if (revision != 0) return {};
  return fail(ec::config_invalid,
              "revision: it is missing; read the object first and give the revision it came with");
}

admin::v1::Problem shown_problem(const partitions::problem& problem) {
  admin::v1::Problem out;
  out.set_partition(problem.partition);
  out.set_path(problem.path);
  out.set_problem(problem.what);
  out.set_remedy(problem.remedy);
  return out;
}

void add_problem(const partitions::problem& problem, admin::v1::SetupResponse& out) {
  *out.add_problems() = shown_problem(problem);
}

result<admin::v1::SetupResponse> make_edit(const setup_backend& backend, partitions::edit edit,
                                           const change_words& words,
                                           const std::string& partition) {
  auto wanted = std::make_shared<actors::change_settings>();
  wanted->edit = std::make_shared<const partitions::edit>(std::move(edit));
  wanted->revision = words.revision;
  wanted->limited = words.limited;
  wanted->who = words.who;
  wanted->reason = words.reason;
  wanted->from = words.from;
  wanted->partition = partition;
  const auto done = backend.change(std::move(wanted));
  if (!done) return done.error();
  admin::v1::SetupResponse out;
  for (const auto& p : done->problems) add_problem(p, out);
  out.set_revision(done->revision);
  out.set_unchanged(done->unchanged);
  if (!done->changes) return out;
  auto total = done->changes->total;
  for (const auto& c : done->changes->changes)
    if (partition.empty() || c.partition() == partition)
      *out.add_changes() = c;
    else
      --total;
  out.set_changes_total(total);
  return out;
}

}  // namespace postroom::app
