#include "actors/settings_edit.hpp"

#include <google/protobuf/util/message_differencer.h>

#include "actors/settings_history.hpp"
#include "partitions/changes.hpp"

namespace postroom::actors {
namespace {

using config::v1::Settings;
using google::protobuf::util::MessageDifferencer;

constexpr std::size_t max_versions = 50;  // whole configurations to compare for one error
constexpr std::size_t max_named = 3;      // versions that an error names
constexpr std::size_t max_paths = 5;      // of each

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

std::string told(const storage::unit_store& store, uint64_t version,
                 const partitions::change_list& changes) {
  const auto history = load_history(store, version + 1, 1);
  std::string out = "version " + std::to_string(version);
  if (history && !history->empty()) {
    const auto& about = history->front();
    out += " by " + (about.who().empty() ? "somebody" : about.who()) + " at " +
           render_time(from_millis(about.at()));
  }
  return out + " changed " + paths_of(changes);
}

/// Who changed the object after `since`, newest first.
result<std::string> changes_since(const storage::unit_store& store, const settings_document& now,
                                  const partitions::edit& edit, uint64_t since) {
  std::string out;
  std::size_t named = 0;
  auto after = edit.object(now.settings);
  for (auto v = now.version; v > since && now.version - v < max_versions; --v) {
    const auto before = v == 1 ? result<Settings>{Settings{}} : load_version(store, v - 1);
    if (!before) return before.error();
    auto was = edit.object(*before);
    const auto changes = partitions::changes_between(was, after);
    if (changes.total > 0 && named++ < max_named)
      out += (out.empty() ? "" : "; ") + told(store, v, changes);
    after = std::move(was);
  }
  return out;
}

}  // namespace

result<void> check_fresh(const storage::unit_store& store, const settings_document& now,
                         const change_settings& wanted, const result<Settings>& led_to) {
  if (!wanted.edit || wanted.read_at == 0 || wanted.read_at == now.version) return {};
  if (led_to && MessageDifferencer::Equals(*led_to, now.settings)) return {};
  if (wanted.read_at > now.version)
    return fail(ec::config_invalid, "revision: there is no " + std::to_string(wanted.read_at) +
                                        " yet; read the object and give the one it came with");
  const auto then = load_version(store, wanted.read_at);
  if (!then) return then.error();
  if (MessageDifferencer::Equals(wanted.edit->object(*then), wanted.edit->object(now.settings)))
    return {};
  const auto changes = changes_since(store, now, *wanted.edit, wanted.read_at);
  if (!changes) return changes.error();
  return fail(ec::outdated, "revision: " + wanted.edit->name + " is not what it was at " +
                                std::to_string(wanted.read_at) + " (" + *changes +
                                "); read it again and do yours anew");
}

}  // namespace postroom::actors
