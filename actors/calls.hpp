#pragma once

#include <map>
#include <set>

#include "actors/ingest.hpp"
#include "actors/messages.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "partitions/model.hpp"
#include "storage/store.hpp"

/// What a person may do with a call. No CAF in here.
namespace postroom::actors::calls {

/// Whom the call names, to be asked of the directory; nobody when there is no such call. Blocks.
/// Errors: store errors, corrupt_record.
result<std::set<uint64_t>> people_of(const storage::unit_store& store, const change_call& wanted);

/// What telling people of a change takes.
struct telling {
  std::map<uint64_t, record::v1::Person> people;
  ingest::keys_ptr keys;
  std::string id_token;      ///< random
  uint64_t next_outbox = 1;  ///< the partition's running number
};

struct changed {
  call_changed answer;
  uint64_t next_outbox = 1;  ///< after the mails that were written
};

/// Changes a call in one synced commit with the update that tells of it, its audit entry and the
/// mails that tell people; does nothing when there is nothing to change. Blocks: for a pool thread,
/// between two rounds, because a round reads and writes calls too. Errors: not_found,
/// config_invalid (the partition has no such group; names those it has), store errors.
result<changed> change(storage::unit_store& store, epoch owner,
                       const partitions::partition_model& model, const change_call& wanted,
                       const telling& tell, time_point now);

}  // namespace postroom::actors::calls
