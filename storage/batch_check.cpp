#include "storage/batch_check.hpp"

#include <algorithm>

#include "storage/keys.hpp"

namespace postroom::storage {
namespace {

constexpr std::size_t longest_unit_name = 64;

bool touches_epoch(const write_batch::op& op) {
  if (op.kind != write_batch::op_kind::erase_range) return op.key == epoch_key();
  return op.key <= epoch_key() && epoch_key() < op.value;
}

bool allowed_in_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

const std::string& epoch_key() {
  static const std::string key = keys::meta("epoch");
  return key;
}

std::string encode_epoch(epoch e) {
  std::string out(8, '\0');
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(e.value >> (56 - 8 * i));
  return out;
}

result<epoch> decode_epoch(const std::optional<std::string>& stored) {
  if (!stored) return epoch{0};
  if (stored->size() != 8) {
    return fail(ec::corrupt_record, "the epoch has " + std::to_string(stored->size()) + " bytes");
  }
  auto value = keys::trailing_u64(*stored);
  if (value == 0) return fail(ec::corrupt_record, "the epoch is stored as 0");
  return epoch{value};
}

result<void> check_owner(epoch owner, epoch current) {
  if (owner.value != 0 && owner == current) return {};
  return fail(ec::stale_epoch, "epoch " + std::to_string(owner.value) + ", the unit is at " +
                                   std::to_string(current.value));
}

result<void> check_batch(const write_batch& batch) {
  for (const auto& op : batch.ops()) {
    if (touches_epoch(op)) return fail(ec::internal, "a batch touches the unit's epoch");
    if (op.kind == write_batch::op_kind::erase_range && op.value < op.key)
      return fail(ec::internal, "a batch erases a range that ends before it begins");
  }
  return {};
}

result<void> check_unit_name(std::string_view name) {
  if (!name.empty() && name.size() <= longest_unit_name &&
      std::all_of(name.begin(), name.end(), allowed_in_name))
    return {};
  return fail(ec::config_invalid, "a unit name is 1 to 64 of A-Z, a-z, 0-9, '-' and '_'");
}

}  // namespace postroom::storage
