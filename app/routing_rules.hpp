#pragma once

#include <cstdint>

#include "app/trials.hpp"
#include "postroom/admin/v1/partitions.pb.h"

/// The routing rules of a partition at work: PartitionsService.ListRuleHits and TryRules.
namespace postroom::app {

/// How much one TryRules looks at, as it holds a thread of the admin server. Whatever comes first
/// ends it; the answer says how many mails that were.
struct rules_trial_limits {
  static constexpr uint32_t default_mails = 100, max_mails = 1000;
  uint64_t bytes = 64u << 20;  ///< of raw mails
  duration time{5'000};
};

/// Errors: not_found, corrupt_record, store errors.
result<admin::v1::ListRuleHitsResponse> list_rule_hits(
    const trials_backend& backend, const admin::v1::ListRuleHitsRequest& request,
    const access::caller& who);

/// Routes the newest stored mails by the given rules, or the saved ones; writes nothing. A trial:
/// it waits at their gate. Errors as above, and overloaded.
result<admin::v1::TryRulesResponse> try_rules(const trials_backend& backend,
                                              const admin::v1::TryRulesRequest& request,
                                              const access::caller& who,
                                              const rules_trial_limits& limits = {});

/// Registers the methods. Before the server starts.
void register_rules(guarded_server& server, trials_backend backend);

}  // namespace postroom::app
