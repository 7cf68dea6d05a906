#pragma once

#include <optional>
#include <string>

#include "app/admin_pages.hpp"
#include "base/result.hpp"

/// Finding one record of one partition.
namespace postroom::app {

/// The open partition of this id. Errors: not_found, which names those that are open.
result<open_unit> find_unit(const open_units& units, const std::string& part);

/// The partition whose store has seen this mailbox; of several, where it started last. A store that
/// cannot be read is passed over.
std::optional<std::string> partition_of_mailbox(const open_units& units,
                                                const std::string& mailbox);

/// The record under a key; nothing when there is none. `what` names it in errors. Errors:
/// corrupt_record, those of the store.
template <class Record>
result<std::optional<Record>> read_record(const storage::unit_store& store, const std::string& key,
                                          const std::string& what) {
  auto value = store.get(key);
  if (!value) return value.error();
  if (!*value) return std::optional<Record>{};
  Record record;
  if (!record.ParseFromString(**value)) return fail(ec::corrupt_record, what + " does not parse");
  return std::optional<Record>{std::move(record)};
}

}  // namespace postroom::app
