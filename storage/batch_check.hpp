#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/store.hpp"

/// What every engine has to decide alike. For the engines alone.
namespace postroom::storage {

/// Where a unit keeps its epoch: keys::meta("epoch").
const std::string& epoch_key();
/// Eight bytes, big-endian.
std::string encode_epoch(epoch e);
/// A unit that was never claimed has no value and epoch 0. Errors: corrupt_record.
result<epoch> decode_epoch(const std::optional<std::string>& stored);

/// Refuses a stale epoch; epoch 0 owns nothing. Errors: stale_epoch.
result<void> check_owner(epoch owner, epoch current);
/// Refuses a batch that is a bug of the caller: one that touches the epoch or erases a range that
/// ends before it begins. Errors: internal.
result<void> check_batch(const write_batch& batch);

/// Unit names become folder names: 1 to 64 of A–Z, a–z, 0–9, '-', '_'. Errors: config_invalid.
result<void> check_unit_name(std::string_view name);

}  // namespace postroom::storage
