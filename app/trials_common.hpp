#pragma once

#include <memory>
#include <string>
#include <vector>

#include "access/caller.hpp"
#include "app/trials.hpp"
#include "channels/transcript.hpp"
#include "partitions/model.hpp"
#include "partitions/validate.hpp"

/// What the trials share.
namespace postroom::app {

/// Of the saved OAuth clients of a partition.
inline token_fn tokens_of(const trials_backend& backend, const partition_id& partition) {
  return backend.tokens ? backend.tokens(partition) : token_fn{};
}

/// Whether somebody may not know of all partitions.
bool is_limited(const access::caller& who);

/// The open partition of this id. Errors: not_found, which names those that the caller may set up.
result<open_unit> own_unit(const trials_backend& backend, const std::string& partition,
                           const access::caller& who);

/// The saved configuration of one partition.
struct saved_partition {
  config::v1::Settings settings;
  config::v1::Partition partition;
  uint64_t version = 0;
};
/// Errors: not_found.
result<saved_partition> find_partition(const trials_backend& backend, const std::string& id);

/// The server of this name; null: there is none.
const config::v1::IncomingServer* find_incoming(const config::v1::Partition& p,
                                                const std::string& name);
const config::v1::OutgoingServer* find_outgoing(const config::v1::Partition& p,
                                                const std::string& name);

admin::v1::Problem to_problem(const partitions::problem& found);

/// The problems of a partition's configuration in place of the saved one. Those with other
/// partitions are told only to who may set up all.
std::vector<admin::v1::Problem> problems_of(const config::v1::Partition& draft,
                                            config::v1::Settings saved, const access::caller& who);

/// The name of a step of the dialog, by the error when that tells, else by how far it came.
std::string step_of(ec code, channels::transcript::step reached);
/// What did not go well, and what to do.
admin::v1::FailedStep failed_step(const std::string& step, ec code, const std::string& detail);

void add_transcript(const channels::transcript& heard,
                    google::protobuf::RepeatedPtrField<admin::v1::TranscriptLine>& out);

/// Writes into the log who tries which server.
void note_trial(const std::string& what, const std::string& partition, const std::string& host,
                const access::caller& who);

/// Milliseconds since then.
uint64_t took_ms(std::chrono::steady_clock::time_point since);

/// The ledger's entry of a mail; nothing when it has none.
result<std::optional<record::v1::LedgerEntry>> ledger_of(const storage::unit_store& store,
                                                         const record::v1::MailKey& key);

/// What the rules would make of one mail. `item.stored` may be 0.
struct trial_outcome {
  record::v1::LedgerEntry entry;
  std::optional<record::v1::Call> call;  ///< new, or as the update leaves it
  std::optional<record::v1::CallUpdate> update;
  std::optional<record::v1::OutboxEntry> answer;
};
/// Decides as the call factory would; writes nothing. For callers who may not know of all
/// partitions there are no people but this one's.
result<trial_outcome> decide_dry(const trials_backend& backend, const storage::unit_store& store,
                                 std::shared_ptr<const partitions::partition_model> model,
                                 const config::v1::IncomingServer& server,
                                 const actors::mail_item& item, const access::caller& who);

}  // namespace postroom::app
