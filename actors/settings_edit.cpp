#include "actors/settings_edit.hpp"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "actors/settings_history.hpp"
#include "partitions/changes.hpp"

namespace postroom::actors {
namespace {

using config::v1::Settings;
using google::protobuf::util::MessageDifferencer;

constexpr std::size_t max_versions = 20;                  // whole configurations to compare
constexpr std::size_t max_bytes = std::size_t{64} << 20;  // of them; a large one has some MiB
constexpr std::size_t max_named = 3;                      // changes that an error names
constexpr std::size_t max_paths = 5;                      // of each

/// "incoming[it-inbox].port, offices[Leeds]": no values, which might be addresses.
std::string paths_of(const partitions::change_list& changes) {
  std::string out;
  for (std::size_t i = 0; i < std::min(changes.changes.size(), max_paths); ++i) {
    const auto& path = changes.changes[i].path();
    out += (out.empty() ? "" : ", ") + (path.empty() ? std::string{"all of it"} : path);
  }
  if (changes.total > max_paths)
    out += " and " + std::to_string(changes.total - max_paths) + " more";
  return out;
}

/// Not the number of the version: it counts what happens in other partitions.
std::string told(const storage::unit_store& store, uint64_t version,
                 const partitions::change_list& changes) {
  const auto history = load_history(store, version + 1, 1);
  std::string out = "somebody";
  if (history && !history->empty()) {
    const auto& about = history->front();
    out = (about.who().empty() ? out : about.who()) + " at " + render_time(from_millis(about.at()));
  }
  return out + " changed " + paths_of(changes);
}

/// Who changed the object since it was what `revision` says, newest first: the last few changes,
/// and none when they lie too far back to be looked for.
result<std::string> changes_since(const storage::unit_store& store, const settings_document& now,
                                  const partitions::edit& edit, uint64_t revision) {
  std::string out;
  std::size_t named = 0;
  std::size_t bytes = 0;
  auto after = edit.object(now.settings);
  for (auto v = now.version; v > 0 && now.version - v < max_versions && bytes < max_bytes; --v) {
    const auto before = v == 1 ? result<Settings>{Settings{}} : load_version(store, v - 1);
    if (!before) return before.error();
    bytes += before->ByteSizeLong();
    auto was = edit.object(*before);
    const auto changes = partitions::changes_between(was, after);
    if (changes.total > 0) out += (out.empty() ? "" : "; ") + told(store, v, changes);
    if (changes.total > 0 && ++named == max_named) break;
    if (partitions::revision_of(was) == revision) break;
    after = std::move(was);
  }
  return out;
}

}  // namespace

result<void> check_fresh(const storage::unit_store& store, const settings_document& now,
                         const change_settings& wanted, const result<Settings>& led_to) {
  if (!wanted.edit || wanted.revision == 0) return {};
  if (led_to && MessageDifferencer::Equals(*led_to, now.settings)) return {};
  if (partitions::revision_of(wanted.edit->object(now.settings)) == wanted.revision) return {};
  const auto changes = changes_since(store, now, *wanted.edit, wanted.revision);
  if (!changes) return changes.error();
  // What nobody took away was never there.
  if (changes->empty() && led_to.code() == ec::not_found) return {};
  return fail(ec::outdated, "revision: " + wanted.edit->name + " is not what it was" +
                                (changes->empty() ? "" : " (" + *changes + ")") +
                                "; read it again and do yours anew");
}

}  // namespace postroom::actors
