#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "postroom/record/v1/record.pb.h"
#include "storage/store.hpp"

/// The audit of one unit: a chain of entries, each holding the hash of the one before, so that a
/// change of what is stored shows. Everything here blocks on the disk: for pool threads.
/// storage/README.md says what it proves and what not.
namespace postroom::storage::audit {

/// The newest entry of a chain.
struct head {
  uint64_t sequence = 0;  ///< 0: nothing is there yet
  std::string hash;       ///< 32 bytes; of an empty chain what the first entry will name
  bool operator==(const head&) const = default;
};

/// Writes a change and the entry that tells of it in one commit. Fills in the entry's sequence and
/// hashes. Several threads may do so at once: they take turns, unit by unit. Errors: those of
/// unit_store::commit; corrupt_record when the head cannot be read.
result<void> commit(const std::string& unit, unit_store& store, epoch owner, write_batch batch,
                    record::v1::AuditEntry entry);

/// The head as it is stored. Errors: corrupt_record, those of the store.
result<head> read_head(const std::string& unit, const unit_store& store);

/// Where and how a chain is not as it was written.
struct damage {
  uint64_t sequence = 0;
  std::string what;  ///< one sentence
};

struct verdict {
  head last;                      ///< the last good entry
  uint64_t before_chain = 0;      ///< entries older than the chain
  std::optional<damage> damaged;  ///< the first break; nothing: all is well
};

/// Walks the whole chain, in constant memory, while others may add to it. `expected` is a head that
/// was kept elsewhere. Errors: those of the store; damage is no error.
result<verdict> verify(const std::string& unit, const unit_store& store,
                       const std::optional<head>& expected = {});

}  // namespace postroom::storage::audit
