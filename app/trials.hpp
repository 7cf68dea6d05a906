#pragma once

#include <functional>
#include <memory>

#include "access/caller.hpp"
#include "actors/messages.hpp"
#include "app/admin_gate.hpp"
#include "app/admin_pages.hpp"
#include "app/channel_settings.hpp"
#include "app/secrets.hpp"
#include "app/trials_gate.hpp"
#include "base/crash_notes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "channels/factory.hpp"
#include "postroom/admin/v1/trials.pb.h"

/// Trying things out: postroom.admin.v1.TrialsService. All of it runs and waits on the admin
/// server's threads; what is on the network runs on the node's event loop.
namespace postroom::app {

/// What trials stand on. Callable on any thread.
struct trials_backend {
  open_units units;
  /// The saved configuration.
  std::function<result<actors::settings_document>()> settings;
  std::function<result<actors::people_resolved>(std::shared_ptr<const actors::resolve_people>)>
      resolve;
  std::function<result<void>(const actors::open_probe&)> open_probe;
  std::function<std::unique_ptr<channels::inbound_channel>(channels::inbound_settings)>
      make_inbound;
  std::function<std::unique_ptr<channels::outbound_channel>(channels::outbound_settings)>
      make_outbound;
  /// Resolves the secrets of one partition.
  std::function<resolve_fn(const partition_id&)> secrets;
  /// The tokens of its OAuth clients, as they are saved. Null: there are none.
  std::function<token_fn(const partition_id&)> tokens = {};
  clock_fn clock;
  random_fn random;
  std::shared_ptr<crash_notes> notes;
  std::shared_ptr<trial_gate> gate = std::make_shared<trial_gate>();
};

/// Sends a real mail; what goes wrong on the way is in the answer. Errors: config_invalid,
/// not_found, forbidden, overloaded.
result<admin::v1::TestOutgoingResponse> test_outgoing(const trials_backend& backend,
                                                      const admin::v1::TestOutgoingRequest& request,
                                                      const access::caller& who);

/// Looks at one mail of a server and changes nothing there. Errors as above.
result<admin::v1::TestIncomingResponse> test_incoming(const trials_backend& backend,
                                                      const admin::v1::TestIncomingRequest& request,
                                                      const access::caller& who);

/// Sends a marked mail and waits until the partition's poller has seen it. Errors as above.
result<admin::v1::ProbeRoundTripResponse> probe_round_trip(
    const trials_backend& backend, const admin::v1::ProbeRoundTripRequest& request,
    const access::caller& who);

/// Which call a mail would become, and why. Errors: config_invalid, not_found, forbidden,
/// corrupt_record, store errors.
result<admin::v1::DryRunResponse> dry_run(const trials_backend& backend,
                                          const admin::v1::DryRunRequest& request,
                                          const access::caller& who);

/// Registers the methods. Before the server starts.
void register_trials(guarded_server& server, trials_backend backend);

}  // namespace postroom::app
