#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/open_units.hpp"
#include "actors/secret_names.hpp"
#include "actors/status_board.hpp"
#include "base/bounded_pool.hpp"
#include "base/clock.hpp"
#include "base/crash_notes.hpp"
#include "base/random.hpp"
#include "channels/inbound.hpp"
#include "channels/outbound.hpp"
#include "channels/scanner.hpp"
#include "partitions/scanning.hpp"
#include "postroom/config/v1/config.pb.h"
#include "storage/store.hpp"

namespace postroom::actors {

/// What every actor of a node needs from the world around it. Made once by the composition root,
/// outlives all actors.
struct node_context {
  std::shared_ptr<storage::engine> engine;
  executor& store_pool;  ///< blocking reads and commits
  executor& parse_pool;  ///< parsing, which may take a second for a very large mail
  /// Makes a channel of a partition that is not open yet. Resolves the secret at each call, so a
  /// changed password file counts at the next connection. Errors: config_invalid.
  std::function<result<std::unique_ptr<channels::inbound_channel>>(
      const partition_id&, const config::v1::IncomingServer&)>
      make_inbound;
  std::function<result<std::unique_ptr<channels::outbound_channel>>(
      const partition_id&, const config::v1::OutgoingServer&)>
      make_outbound;
  clock_fn clock;
  random_fn random;
  std::shared_ptr<status_board> board;
  std::shared_ptr<open_units> units;
  std::shared_ptr<crash_notes> notes;
  uint64_t partition_byte_budget = 128u << 20;  ///< mail bodies in memory, per partition
  std::shared_ptr<secret_names> secrets = {};   ///< null: no secret is stored
  /// The scanner of a partition; its mailboxes and its call factory share one, for its connections
  /// are counted. Never null.
  std::function<std::shared_ptr<channels::mail_scanner>(const partition_id&,
                                                        const partitions::scan_settings&)>
      make_scanner = {};
  /// Told of each configuration before any channel is made by it; does not block. Null: nobody
  /// asks.
  std::function<void(const config::v1::Settings&)> use_settings = {};
};
using context_ptr = std::shared_ptr<const node_context>;

}  // namespace postroom::actors
