#include "secrets/vault.hpp"

#include <algorithm>
#include <utility>

#include "base/inject.hpp"
#include "base/log.hpp"
#include "secrets/redact.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

namespace postroom::secrets {
namespace keys = storage::keys;
using record::v1::Secret;

namespace {

constexpr std::size_t max_name = 64;
constexpr std::size_t rewrapped_per_commit = 100;
constexpr std::size_t max_failures_named = 100;

std::string key_of(const place& where) {
  return keys::secret(where.partition, where.name);
}

/// Holds of a value that is none, or null bytes, which no sign-in can send.
result<void> check_value(std::string_view value) {
  if (value.empty()) return fail(ec::config_invalid, "value: is blank");
  if (value.size() > max_value_bytes)
    return fail(ec::config_invalid, "value: has " + std::to_string(value.size()) +
                                        " bytes; at most " + std::to_string(max_value_bytes) +
                                        " can be stored");
  if (value.find('\0') != std::string_view::npos)
    return fail(ec::config_invalid, "value: holds a NUL byte, which no server takes");
  return {};
}

bool is_token(const place& where) {
  return where.name.find(':') != std::string::npos;
}

error no_key() {
  return fail(ec::config_invalid,
              "secrets_key: is not set in node.yaml, so no secret can be stored; make a key with "
              "`(umask 077; openssl rand -hex 32 > secrets.key)`, write `secrets_key: "
              "file:/PATH/secrets.key`, and start the server anew");
}

}  // namespace

result<void> check_name(const std::string& name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (!name.empty() && name.size() <= max_name && std::all_of(name.begin(), name.end(), good))
    return {};
  return fail(ec::config_invalid,
              "name: is none for a secret; use 1 to 64 letters, digits, dots, hyphens and "
              "underscores, such as imap-password");
}

vault::vault(std::shared_ptr<storage::unit_store> store, epoch owner, key_ring keys)
    : store_(std::move(store)), owner_(owner), keys_(std::move(keys)) {}

result<std::unique_ptr<vault>> vault::open(std::shared_ptr<storage::unit_store> store, epoch owner,
                                           key_ring keys) {
  std::unique_ptr<vault> out{new vault{std::move(store), owner, std::move(keys)}};
  if (auto loaded = out->load(); !loaded) return loaded.error();
  return out;
}

result<void> vault::load() {
  std::string bad;
  uint64_t locked = 0;
  auto scanned = store_->scan(keys::all_of(keys::kind::secret), [&](auto key, auto value) {
    const auto at = keys::parse_secret(key);
    Secret record;
    if (!at || !record.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      bad = at ? at->first + "/" + at->second : "?";
      return false;
    }
    if (keys_.find(record.key_id()) == nullptr) ++locked;
    // The place is where it is stored, whatever the record says of itself.
    remember({at->first, at->second}, std::move(record), true);
    return true;
  });
  if (!scanned) return scanned;
  if (!bad.empty()) return fail(ec::corrupt_record, "secret " + bad + " does not parse");
  if (locked > 0)
    log::error("secrets_locked", {{"count", locked},
                                  {"remedy", "name their key in secrets_key or secrets_old_keys"}});
  return {};
}

result<secure_bytes> vault::reveal(const place& where) const {
  Secret record;
  {
    std::shared_lock lock{map_};
    const auto found = entries_.find(where);
    if (found == entries_.end())
      return fail(ec::not_found, "there is no secret " + render(where) +
                                     "; `postroom secrets put " + render(where) + "` stores one");
    record = found->second.record;
  }
  return secrets::open(keys_, where, record);
}

bool vault::has(const place& where) const {
  std::shared_lock lock{map_};
  return entries_.contains(where);
}

uint64_t vault::revision(const place& where) const {
  std::shared_lock lock{map_};
  const auto found = entries_.find(where);
  return found == entries_.end() ? 0 : found->second.revision;
}

std::vector<secret_info> vault::list(const std::string& partition) const {
  std::vector<secret_info> out;
  std::shared_lock lock{map_};
  for (auto it = entries_.lower_bound({partition, {}});
       it != entries_.end() && it->first.partition == partition; ++it) {
    if (is_token(it->first)) continue;
    const auto& r = it->second.record;
    out.push_back({it->first.name, r.changed_at(), r.changed_by(), r.key_id(),
                   keys_.find(r.key_id()) != nullptr});
  }
  return out;
}

std::string vault::newest_key() const {
  return keys_.newest() == nullptr ? std::string{} : keys_.newest()->id;
}

std::size_t vault::count(const std::string& partition) const {
  std::shared_lock lock{map_};
  std::size_t out = 0;
  for (auto it = entries_.lower_bound({partition, {}});
       it != entries_.end() && it->first.partition == partition; ++it)
    if (!is_token(it->first)) ++out;
  return out;
}

result<bool> vault::put(const place& where, std::string_view value, const change& by) {
  if (auto good = check_name(where.name); !good) return good.error();
  if (auto good = check_value(value); !good) return good.error();
  if (keys_.newest() == nullptr) return no_key();
  std::lock_guard lock{writing_};
  const bool replaces = has(where);
  if (!replaces && count(where.partition) >= max_per_partition)
    return fail(ec::overloaded, "partition " + where.partition + " has " +
                                    std::to_string(max_per_partition) +
                                    " secrets already; remove what no server uses");
  auto record = seal(*keys_.newest(), where, value);
  if (!record) return record.error();
  record->set_changed_at(to_millis(by.at));
  record->set_changed_by(by.who);
  storage::write_batch batch;
  batch.put(key_of(where), record->SerializeAsString());
  if (auto done =
          commit(std::move(batch), where, by, replaces ? "secret replaced" : "secret stored",
                 replaces ? mask("x") : "", mask(value));
      !done)
    return done.error();
  remember(where, std::move(*record), true);
  return replaces;
}

result<void> vault::remove(const place& where, const change& by) {
  std::lock_guard lock{writing_};
  if (!has(where) || is_token(where))
    return fail(ec::not_found, "there is no secret " + render(where) +
                                   "; `postroom secrets list` shows those there are");
  storage::write_batch batch;
  batch.erase(key_of(where));
  if (auto done = commit(std::move(batch), where, by, "secret removed", mask("x"), ""); !done)
    return done;
  forget(where);
  return {};
}

result<void> vault::put_token(const place& where, std::string_view value,
                              const std::optional<change>& by, time_point at) {
  if (value.size() > max_token_bytes)
    return fail(ec::overloaded,
                "a token has more than " + std::to_string(max_token_bytes) + " bytes");
  if (keys_.newest() == nullptr) return no_key();
  std::lock_guard lock{writing_};
  if (!by && !has(where)) return fail(ec::not_found, "the token was removed meanwhile");
  auto record = seal(*keys_.newest(), where, value);
  if (!record) return record.error();
  record->set_changed_at(to_millis(at));
  if (by) record->set_changed_by(by->who);
  storage::write_batch batch;
  batch.put(key_of(where), record->SerializeAsString());
  POSTROOM_INJECT("secrets.token.before_commit");
  auto done = by ? commit(std::move(batch), where, *by, "token stored", "", mask(value))
                 : store_->commit(owner_, std::move(batch));
  if (!done) {
    read_again(where);
    return done;
  }
  POSTROOM_INJECT("secrets.token.after_commit");
  remember(where, std::move(*record), by.has_value());
  return {};
}

result<bool> vault::remove_token(const place& where, const change& by) {
  std::lock_guard lock{writing_};
  if (!has(where)) return false;
  storage::write_batch batch;
  batch.erase(key_of(where));
  if (auto done = commit(std::move(batch), where, by, "token removed", mask("x"), ""); !done)
    return done.error();
  forget(where);
  return true;
}

result<void> vault::commit(storage::write_batch batch, const place& where, const change& by,
                           const std::string& what, const std::string& before,
                           const std::string& after) {
  record::v1::AuditEntry entry;
  entry.set_at(to_millis(by.at));
  entry.set_who(by.who);
  entry.set_from(by.from);
  entry.set_reason(by.reason);
  entry.set_what(what);
  entry.set_partition(where.partition);
  entry.set_detail(where.partition.empty() ? where.name
                   : is_token(where)       ? render(where)
                                           : "secret " + render(where));
  entry.set_before(before);
  entry.set_after(after);
  auto done = storage::audit::commit(storage::secrets_unit, *store_, owner_, std::move(batch),
                                     std::move(entry));
  // Nobody knows whether it is on disk: memory follows what is there.
  if (!done && !where.partition.empty()) read_again(where);
  return done;
}

void vault::remember(const place& where, Secret record, bool new_value) {
  std::unique_lock lock{map_};
  auto& e = entries_[where];
  e.record = std::move(record);
  if (new_value) e.revision = ++revisions_;
}

void vault::forget(const place& where) {
  std::unique_lock lock{map_};
  entries_.erase(where);
}

void vault::read_again(const place& where) {
  const auto value = store_->get(key_of(where));
  if (!value) return;  // the disk is away: memory stays as it was
  if (!*value) return forget(where);
  Secret record;
  if (record.ParseFromString(**value)) remember(where, std::move(record), true);
}

result<rotation> vault::rotate(const change& by) {
  if (keys_.newest() == nullptr) return no_key();
  std::lock_guard lock{writing_};
  rotation out;
  entries all, batch;
  {
    std::shared_lock reading{map_};
    all = entries_;
  }
  for (auto& [where, e] : all) {
    const auto done = rewrap(keys_, where, e.record);
    if (!done && out.failed.size() < max_failures_named)
      out.failed.push_back(render(where) + ": " + done.error().detail);
    if (done && !*done) ++out.untouched;
    if (!done || !*done) continue;
    ++out.rewrapped;
    batch[where] = e;
    if (batch.size() < rewrapped_per_commit) continue;
    if (auto stored = rewrap_some(batch, by); !stored) return stored.error();
  }
  if (auto stored = rewrap_some(batch, by); !stored) return stored.error();
  return out;
}

result<void> vault::rewrap_some(entries& batch, const change& by) {
  if (batch.empty()) return {};
  storage::write_batch writes;
  for (const auto& [where, e] : batch) writes.put(key_of(where), e.record.SerializeAsString());
  POSTROOM_INJECT("secrets.rotate.before_commit");
  if (auto done = commit(std::move(writes), {{}, std::to_string(batch.size()) + " secrets"}, by,
                         "secret keys rotated", "", "");
      !done)
    return done;
  POSTROOM_INJECT("secrets.rotate.after_commit");
  for (auto& [where, e] : batch) remember(where, std::move(e.record), false);
  batch.clear();
  return {};
}

}  // namespace postroom::secrets
