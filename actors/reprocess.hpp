#pragma once

#include <memory>

#include "actors/messages.hpp"
#include "base/crash_notes.hpp"
#include "base/result.hpp"
#include "storage/store.hpp"

/// Putting a mail that was quarantined or suppressed through the factory once more. No CAF in here.
namespace postroom::actors::reprocess {

/// A mail as it is on disk.
struct stored_mail {
  std::optional<record::v1::QuarantineEntry> entry;  ///< nothing: it was never in the quarantine
  record::v1::LedgerEntry ledger;
  uint64_t size = 0;
  std::shared_ptr<const std::string> raw;  ///< null: it has become something, or is too large
  /// A person had it decided anew before, and it is no longer refused.
  [[nodiscard]] bool has_become() const;
};

/// Reads the mail with its records. Blocks: for the store pool. Errors: not_found; conflict when
/// it cannot be decided now (it was not refused, its server is configured away, its bytes were
/// never kept, reading it failed too often), with what to do; corrupt_record, store errors.
result<stored_mail> read(const storage::unit_store& store, const partitions::partition_model& model,
                         const reprocess_mail& wanted, const crash_notes& notes);

/// A stored or an uploaded mail as a poller would hand it over: parsed, or put aside with the
/// reason, by the settings of `server`. `raw` may be null when `size` is over its limit. `accept`:
/// neither its verdict nor its being a notice keeps it from being a call. CPU-bound: for the parse
/// pool.
mail_item to_item(const record::v1::MailKey& key, std::shared_ptr<const std::string> raw,
                  uint64_t size, const config::v1::IncomingServer& server, time_point now,
                  crash_notes& notes, bool accept = false);

/// Parses it into a batch of one, as a poller would hand it over; `model` has its server.
/// CPU-bound: for the parse pool.
std::shared_ptr<mail_batch> to_batch(stored_mail mail, const reprocess_mail& wanted,
                                     std::shared_ptr<const partitions::partition_model> model,
                                     time_point now, crash_notes& notes);

}  // namespace postroom::actors::reprocess
