#pragma once

#include <memory>

#include "actors/messages.hpp"
#include "base/crash_notes.hpp"
#include "base/result.hpp"
#include "storage/store.hpp"

/// Putting a mail of the quarantine through the factory once more. No CAF in here.
namespace postroom::actors::reprocess {

/// A mail of the quarantine as it is on disk.
struct stored_mail {
  record::v1::QuarantineEntry entry;
  record::v1::LedgerEntry ledger;
  std::shared_ptr<const std::string> raw;  ///< null: it has left, or is still too large
  [[nodiscard]] bool has_left() const { return entry.became() != record::v1::OUTCOME_UNSPECIFIED; }
};

/// Reads the mail with its records. Blocks: for the store pool. Errors: not_found; conflict when
/// it cannot be decided now (its server is configured away, its bytes were never kept, reading it
/// failed too often), with what to do; corrupt_record, store errors.
result<stored_mail> read(const storage::unit_store& store, const partitions::partition_model& model,
                         const reprocess_mail& wanted, const crash_notes& notes);

/// A stored or an uploaded mail as a poller would hand it over: parsed, or put aside with the
/// reason, by the settings of `server`. `raw` may be null when `size` is over its limit.
/// CPU-bound: for the parse pool.
mail_item to_item(const record::v1::MailKey& key, std::shared_ptr<const std::string> raw,
                  uint64_t size, const config::v1::IncomingServer& server, time_point now,
                  crash_notes& notes);

/// Parses it into a batch of one, as a poller would hand it over; `model` has its server.
/// CPU-bound: for the parse pool.
std::shared_ptr<mail_batch> to_batch(stored_mail mail, const reprocess_mail& wanted,
                                     std::shared_ptr<const partitions::partition_model> model,
                                     time_point now, crash_notes& notes);

}  // namespace postroom::actors::reprocess
