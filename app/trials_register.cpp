#include "app/trials.hpp"

namespace postroom::app {

void register_trials(guarded_server& server, trials_backend backend) {
  using namespace admin::v1;
  const auto b = std::make_shared<const trials_backend>(std::move(backend));
  server.add<TestOutgoingRequest, TestOutgoingResponse>(
      "postroom.admin.v1.TrialsService/TestOutgoing",
      [b](const auto& r, const auto& who) { return test_outgoing(*b, r, who); });
  server.add<TestIncomingRequest, TestIncomingResponse>(
      "postroom.admin.v1.TrialsService/TestIncoming",
      [b](const auto& r, const auto& who) { return test_incoming(*b, r, who); });
  server.add<ProbeRoundTripRequest, ProbeRoundTripResponse>(
      "postroom.admin.v1.TrialsService/ProbeRoundTrip",
      [b](const auto& r, const auto& who) { return probe_round_trip(*b, r, who); });
  server.add<DryRunRequest, DryRunResponse>(
      "postroom.admin.v1.TrialsService/DryRun",
      [b](const auto& r, const auto& who) { return dry_run(*b, r, who); });
}

}  // namespace postroom::app
