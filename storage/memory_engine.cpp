#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "storage/batch_check.hpp"
#include "storage/engines.hpp"

namespace postroom::storage {
namespace {

using value_ptr = std::shared_ptr<const std::string>;
using table = std::map<std::string, value_ptr, std::less<>>;
using span_of_table = std::pair<table::const_iterator, table::const_iterator>;

span_of_table find_range(const table& t, std::string_view first, std::string_view last) {
  if (!last.empty() && last <= first) return {t.end(), t.end()};
  return {t.lower_bound(first), last.empty() ? t.end() : t.lower_bound(last)};
}

void apply(table& t, const write_batch::op& op) {
  switch (op.kind) {
    case write_batch::op_kind::put:
      t.insert_or_assign(op.key, std::make_shared<const std::string>(op.data()));
      return;
    case write_batch::op_kind::erase:
      t.erase(op.key);
      return;
    case write_batch::op_kind::erase_range:
      t.erase(t.lower_bound(op.key), t.lower_bound(op.value));
      return;
  }
}

class memory_unit final : public unit_store {
 public:
  result<epoch> claim() override {
    std::lock_guard lock{mutex_};
    auto current = read_epoch();
    if (!current) return current;
    epoch next{current->value + 1};
    table_[epoch_key()] = std::make_shared<const std::string>(encode_epoch(next));
    return next;
  }

  result<std::optional<std::string>> get(std::string_view key) const override {
    std::shared_lock lock{mutex_};
    return find(key);
  }

  result<std::vector<std::optional<std::string>>> multi_get(
      std::span<const std::string> keys) const override {
    std::vector<std::optional<std::string>> out;
    out.reserve(keys.size());
    std::shared_lock lock{mutex_};
    for (const auto& key : keys) out.push_back(find(key));
    return out;
  }

  result<void> scan(const key_range& range, const visitor& visit, bool reverse) const override {
    auto pairs = copy_of(range);  // the visitor runs unlocked and may read and write
    if (reverse) std::reverse(pairs.begin(), pairs.end());
    for (const auto& [key, value] : pairs)
      if (!visit(key, *value)) break;
    return {};
  }

  result<void> stage(epoch owner, write_batch batch) override { return write(owner, batch); }
  result<void> commit(epoch owner, write_batch batch) override { return write(owner, batch); }

 private:
  std::optional<std::string> find(std::string_view key) const {
    auto it = table_.find(key);
    if (it == table_.end()) return std::nullopt;
    return *it->second;
  }

  result<epoch> read_epoch() const { return decode_epoch(find(epoch_key())); }

  std::vector<std::pair<std::string, value_ptr>> copy_of(const key_range& range) const {
    std::shared_lock lock{mutex_};
    auto [from, to] = find_range(table_, range.first, range.last);
    return {from, to};
  }

  result<void> write(epoch owner, const write_batch& batch) {
    if (auto sound = check_batch(batch); !sound) return sound;
    std::lock_guard lock{mutex_};
    auto current = read_epoch();
    if (!current) return current.error();
    if (auto owned = check_owner(owner, *current); !owned) return owned;
    for (const auto& op : batch.ops()) apply(table_, op);
    return {};
  }

  mutable std::shared_mutex mutex_;
  table table_;
};

/// Keeps every unit for as long as the engine lives: its "disk".
class memory_engine final : public engine {
 public:
  result<std::shared_ptr<unit_store>> open(const std::string& unit) override {
    if (auto valid = check_unit_name(unit); !valid) return valid.error();
    std::lock_guard lock{mutex_};
    auto& slot = units_[unit];
    if (!slot) slot = std::make_shared<memory_unit>();
    return std::shared_ptr<unit_store>{slot};
  }

  result<std::vector<std::string>> units() const override {
    std::vector<std::string> out;
    std::lock_guard lock{mutex_};
    for (const auto& [name, unit] : units_) out.push_back(name);
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<memory_unit>> units_;
};

}  // namespace

std::unique_ptr<engine> make_memory_engine() {
  return std::make_unique<memory_engine>();
}

}  // namespace postroom::storage
