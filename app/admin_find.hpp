#pragma once

#include <optional>
#include <string>

#include "access/caller.hpp"
#include "app/admin_pages.hpp"
#include "base/result.hpp"
#include "postroom/record/v1/record.pb.h"

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

/// What it takes to read a stored mail as it came in: QUARANTINE while it is in the quarantine,
/// VIEW_CALLS otherwise. Errors: corrupt_record, those of the store.
result<access::right> right_to_read(const storage::unit_store& store, mail_id mail);

/// A stored mail, for who may read it in its partition; nobody's request gets at its bytes in
/// another way. Errors: not_found, in the same words for a mail that is not there and one out of
/// reach; those of `right_to_read`.
result<record::v1::Mail> find_mail(const open_unit& unit, mail_id mail, const access::caller& who);

}  // namespace postroom::app
