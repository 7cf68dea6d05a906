#include "actors/settings_history.hpp"

#include <algorithm>
#include <map>

#include "actors/audit_entries.hpp"
#include "actors/words.hpp"
#include "partitions/changes.hpp"
#include "storage/keys.hpp"

namespace postroom::actors {
namespace keys = storage::keys;
using record::v1::SettingsVersion;

namespace {

constexpr std::size_t max_derived = 20;  // whole configurations to compare for one page
constexpr std::size_t max_named = 5;     // partitions that an error names

void set_changes(SettingsVersion& about, const partitions::change_list& changes) {
  about.set_changes(changes.total);
  for (std::size_t i = 0; i < std::min(changes.changes.size(), max_changed_lines); ++i)
    about.add_changed(partitions::render_change(changes.changes[i]));
}

/// The configuration of a version; empty for one that is not there, as nothing was before the
/// first.
result<config::v1::Settings> load_or_empty(const storage::unit_store& store, uint64_t version) {
  auto value = store.get(keys::settings(version));
  if (!value) return value.error();
  config::v1::Settings out;
  if (*value && !out.ParseFromString(**value))
    return fail(ec::corrupt_record,
                "version " + std::to_string(version) + " of the settings does not parse");
  return out;
}

/// Who made a version and when, from the audit, which has one entry a version.
result<std::map<uint64_t, record::v1::AuditEntry>> audit_of(const storage::unit_store& store,
                                                            uint64_t first, uint64_t last) {
  std::map<uint64_t, record::v1::AuditEntry> out;
  auto scanned = store.scan(
      keys::all_of(keys::kind::audit), [&](std::string_view key, std::string_view value) {
        const auto version = keys::trailing_u64(key);
        record::v1::AuditEntry entry;
        if (version >= first && version <= last &&
            entry.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
            entry.detail() == "version " + std::to_string(version))
          out[version] = std::move(entry);
        return true;
      });
  if (!scanned) return scanned.error();
  return out;
}

/// Fills in versions that only their configuration and the audit tell of.
result<void> derive(const storage::unit_store& store, std::vector<SettingsVersion*> bare) {
  if (bare.empty()) return {};
  const auto audit = audit_of(store, bare.back()->version(), bare.front()->version());
  if (!audit) return audit.error();
  for (auto* about : bare) {
    if (const auto found = audit->find(about->version()); found != audit->end()) {
      about->set_at(found->second.at());
      about->set_who(found->second.who());
    }
    const auto is = load_or_empty(store, about->version());
    if (!is) return is.error();
    const auto was = load_or_empty(store, about->version() - 1);
    if (!was) return was.error();
    set_changes(*about, partitions::changes_between(*was, *is, max_changed_lines));
  }
  return {};
}

std::string at_most(const std::vector<std::string>& lines) {
  std::string out;
  for (std::size_t i = 0; i < std::min(lines.size(), max_named); ++i)
    out += (out.empty() ? "" : "; ") + lines[i];
  if (lines.size() > max_named)
    out += "; and " + std::to_string(lines.size() - max_named) + " more";
  return out;
}

}  // namespace

result<uint64_t> newest_version(const storage::unit_store& store, uint64_t below) {
  uint64_t out = 0;
  auto scanned = store.scan(
      {keys::all_of(keys::kind::settings).first, keys::settings(below)},
      [&](std::string_view key, std::string_view) {
        out = keys::trailing_u64(key);
        return false;
      },
      true);
  if (!scanned) return scanned.error();
  return out;
}

result<config::v1::Settings> load_version(const storage::unit_store& store, uint64_t version) {
  const auto value = store.get(keys::settings(version));
  if (!value) return value.error();
  if (*value) return load_or_empty(store, version);
  const auto newest = newest_version(store);
  if (!newest) return newest.error();
  if (*newest == 0)
    return fail(ec::not_found, "nothing was ever configured; give files with `postroom apply`");
  if (version < *newest && version > 0)
    return fail(ec::not_found,
                "version " + std::to_string(version) +
                    " of the configuration is kept no more; of versions beyond `keep_versions` of "
                    "the general settings only the last of each day is");
  return fail(ec::not_found, "there is no version " + std::to_string(version) +
                                 " of the configuration; the newest is " + std::to_string(*newest) +
                                 ", and `postroom history` lists all");
}

result<std::vector<SettingsVersion>> load_history(const storage::unit_store& store, uint64_t below,
                                                  std::size_t count) {
  const auto newest = newest_version(store);
  if (!newest) return newest.error();
  std::vector<SettingsVersion> out;
  std::vector<std::size_t> bare;
  // Versions are numbered without a gap, those whose configuration is kept no more included.
  for (auto v = std::min(*newest, below - 1);
       v > 0 && out.size() < count && bare.size() < max_derived; --v) {
    const auto value = store.get(keys::settings_version(v));
    if (!value) return value.error();
    auto& about = out.emplace_back();
    if (*value && !about.ParseFromString(**value))
      return fail(ec::corrupt_record,
                  "what is known of version " + std::to_string(v) + " does not parse");
    about.set_version(v);
    if (!*value) bare.push_back(out.size() - 1);
  }
  std::vector<SettingsVersion*> to_derive;
  to_derive.reserve(bare.size());
  for (const auto i : bare) to_derive.push_back(&out[i]);
  if (auto done = derive(store, to_derive); !done) return done.error();
  return out;
}

result<void> check_words(const config::v1::General& general, const change_settings& wanted) {
  if (auto good = check_words(wanted.who, wanted.reason); !good) return good;
  if (wanted.dry_run) return {};
  if (wanted.back && is_blank(wanted.reason))
    return fail(ec::config_invalid,
                "reason: it is blank; say why the configuration goes back, for those who read its "
                "history");
  return check_demanded(general, wanted.reason);
}

SettingsVersion about_version(uint64_t version, time_point at, const change_settings& wanted,
                              const partitions::change_list& changes) {
  SettingsVersion out;
  out.set_version(version);
  out.set_at(to_millis(at));
  out.set_who(wanted.who);
  out.set_reason(wanted.reason);
  set_changes(out, changes);
  if (wanted.back) out.set_rolled_back_to(wanted.back->version);
  return out;
}

error outdated(const storage::unit_store& store, const settings_document& now, uint64_t expected) {
  auto text = "expected_version: it is " + std::to_string(expected) + ", but version " +
              std::to_string(now.version) + " is current";
  const auto history = load_history(store, now.version + 1, 1);
  const auto before = load_or_empty(store, now.version - 1);
  if (!history) return history.error();
  if (!before) return before.error();
  if (now.version > 0 && !history->empty()) {
    const auto& about = history->front();
    text += ", made by " + (about.who().empty() ? "somebody" : about.who()) + " at " +
            render_time(from_millis(about.at())) + " (" +
            at_most(partitions::differences(*before, now.settings)) + ")";
  }
  return fail(ec::outdated, text + "; look at it with `postroom diff`, and do yours again for it");
}

}  // namespace postroom::actors
