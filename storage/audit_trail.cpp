#include "storage/audit_trail.hpp"

#include <utility>

#include "base/digest.hpp"
#include "storage/keys.hpp"

namespace postroom::storage::audit {
namespace {

using record::v1::AuditEntry;

constexpr std::size_t hash_bytes = 32;
/// Field 12 of AuditEntry as protobuf writes it: its tag, the length, the hash.
constexpr std::string_view hash_tag{"\x62\x20", 2};
constexpr std::size_t seal_bytes = hash_tag.size() + hash_bytes;

/// Named by the first entry, so that no unit's chain can be passed off as another's.
std::string root_of(const std::string& unit) {
  return sha256{}.update("postroom audit 1:").update(unit).finish();
}

std::string head_key() {
  return keys::meta("audit_head");
}

/// The entry as it is stored: what is hashed, then the hash.
std::string sealed(const AuditEntry& entry, std::string& hash) {
  auto bytes = entry.SerializeAsString();
  hash = sha256{}.update(entry.previous_hash()).update(bytes).finish();
  return bytes.append(hash_tag).append(hash);
}

std::string encode(const head& h) {
  record::v1::AuditHead out;
  out.set_sequence(h.sequence);
  out.set_hash(h.hash);
  return out.SerializeAsString();
}

/// Follows a chain entry by entry.
class walker {
 public:
  walker(const std::string& unit, std::optional<head> expected)
      : expected_(std::move(expected)), last_{0, root_of(unit)} {}

  /// False: broken, the rest need not be looked at.
  bool step(std::string_view key, std::string_view value) {
    const auto next = last_.sequence + 1;
    const auto found = keys::trailing_u64(key);
    if (found != next)
      return broken(next, found > next
                              ? "it is missing; the next one there is " + std::to_string(found)
                              : "an entry stands where none may be");
    if (auto wrong = check(value, next); !wrong.empty()) return broken(next, std::move(wrong));
    last_ = {next, std::string{value.substr(value.size() - hash_bytes)}};
    return !contradicts_expected();
  }

  /// After the last entry; `before` and `after` are the stored heads around the walk.
  void finish(const head& before, const head& after) {
    if (damaged_) return;
    if (last_.sequence < before.sequence)
      return void(broken(last_.sequence + 1, "the chain ends before it, but entry " +
                                                 std::to_string(before.sequence) +
                                                 " was the newest: entries were cut off"));
    if (last_.sequence > after.sequence)
      return void(broken(after.sequence + 1, "it stands behind the entry that the head names"));
    if (last_.sequence == after.sequence && last_.hash != after.hash)
      return void(broken(last_.sequence, "the head names another hash for it"));
    if (expected_ && expected_->sequence > last_.sequence)
      broken(last_.sequence + 1, "the chain ends before it, but entry " +
                                     std::to_string(expected_->sequence) +
                                     " is expected: entries were cut off");
  }

  verdict result() && { return {std::move(last_), 0, std::move(damaged_)}; }

 private:
  /// What is wrong with an entry; empty: nothing.
  [[nodiscard]] std::string check(std::string_view value, uint64_t sequence) const {
    AuditEntry entry;
    if (value.size() < seal_bytes ||
        !entry.ParseFromArray(value.data(), static_cast<int>(value.size())))
      return "it does not parse";
    const auto body = value.substr(0, value.size() - seal_bytes);
    const auto seal = value.substr(body.size());
    const auto hash = sha256{}.update(last_.hash).update(body).finish();
    if (!seal.starts_with(hash_tag) || seal.substr(hash_tag.size()) != hash)
      return entry.previous_hash() == last_.hash ? "it was changed after it was written"
                                                 : "it does not follow the entry before it";
    if (entry.sequence() != sequence || entry.previous_hash() != last_.hash)
      return "it was made for another place in the chain";
    return {};
  }

  bool contradicts_expected() {
    if (!expected_ || expected_->sequence != last_.sequence || expected_->hash == last_.hash)
      return false;
    broken(last_.sequence, "its hash is not the expected one: the chain was written anew");
    return true;
  }

  bool broken(uint64_t sequence, std::string what) {
    damaged_ = damage{sequence, std::move(what)};
    return false;
  }

  std::optional<head> expected_;
  head last_;
  std::optional<damage> damaged_;
};

result<uint64_t> count_before_chain(const unit_store& store) {
  uint64_t out = 0;
  auto scanned = store.scan(keys::all_of(keys::kind::audit),
                            [&](std::string_view, std::string_view) { return ++out, true; });
  if (!scanned) return scanned.error();
  return out;
}

}  // namespace

result<head> read_head(const std::string& unit, const unit_store& store) {
  auto value = store.get(head_key());
  if (!value) return value.error();
  if (!*value) return head{0, root_of(unit)};
  record::v1::AuditHead stored;
  if (!stored.ParseFromString(**value) || stored.hash().size() != hash_bytes)
    return fail(ec::corrupt_record, "the head of the audit of unit " + unit + " does not parse");
  return head{stored.sequence(), stored.hash()};
}

result<void> commit(const std::string& unit, unit_store& store, epoch owner, write_batch batch,
                    AuditEntry entry) {
  std::lock_guard turn{store.audit_turn()};
  // Read anew each time: after a failed commit nobody knows whether its entry is there.
  auto last = read_head(unit, store);
  if (!last) return last.error();
  entry.set_sequence(last->sequence + 1);
  entry.set_previous_hash(last->hash);
  entry.clear_hash();
  std::string hash;
  auto bytes = sealed(entry, hash);
  batch.put(keys::audit_chain(entry.sequence()), std::move(bytes));
  batch.put(head_key(), encode({entry.sequence(), hash}));
  return store.commit(owner, std::move(batch));
}

result<verdict> verify(const std::string& unit, const unit_store& store,
                       const std::optional<head>& expected) {
  const auto before = read_head(unit, store);
  if (!before) {
    if (before.code() != ec::corrupt_record) return before.error();
    return verdict{{}, 0, damage{0, "the head of the chain does not parse"}};
  }
  walker walk{unit, expected};
  auto scanned = store.scan(
      keys::all_of(keys::kind::audit_chain),
      [&](std::string_view key, std::string_view value) { return walk.step(key, value); });
  if (!scanned) return scanned.error();
  const auto after = read_head(unit, store);
  if (!after) return after.error();
  const auto older = count_before_chain(store);
  if (!older) return older.error();
  walk.finish(*before, *after);
  auto out = std::move(walk).result();
  out.before_chain = *older;
  return out;
}

}  // namespace postroom::storage::audit
