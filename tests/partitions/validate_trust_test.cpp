#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/validate.hpp"

using namespace postroom::partitions;
using postroom::config::v1::Partition;

namespace {

struct row {
  const char* name;
  void (*bend)(Partition&);
  const char* path;    // none: it is valid
  const char* what;    // a part of it
  const char* remedy;  // a part of it
};

constexpr const char* valid = nullptr;

#define IN [](Partition & p)
const row rows[] = {{"whose_results", IN{p.mutable_incoming(0)->add_authserv_ids("mx.example.org");
p.mutable_incoming(0)->add_border_hosts("mx.example.org");
p.mutable_incoming(0)->set_unaligned("quarantine");
}  // namespace
, valid, "", ""
}
, {"blank_id", IN{p.mutable_incoming(0)->add_authserv_ids("");
}
, "incoming[0].authserv_ids[0]", "is blank", "or - for results without one"
}
, {"no_id_and_no_border", IN{p.mutable_incoming(0)->add_authserv_ids("-");
}
, "incoming[0].border_hosts", "names no host", "behind \"by\" in Received"
}
, {"no_id_and_a_border", IN{p.mutable_incoming(0)->add_authserv_ids("-");
p.mutable_incoming(0)->add_border_hosts("mail.example.org");
}
, valid, "", ""
}
, {"unknown_unaligned", IN{p.mutable_incoming(0)->add_authserv_ids("mx.example.org");
p.mutable_incoming(0)->set_unaligned("drop");
}
, "incoming[0].unaligned", "is unknown", "unverified"
}
, {"unaligned_without_ids", IN{p.mutable_incoming(0)->set_unaligned("quarantine");
}
, "incoming[0].unaligned", "nobody's Authentication-Results are believed", "authserv_ids"
}
, {"border_without_ids", IN{p.mutable_incoming(0)->add_border_hosts("mx.example.org");
}
, "incoming[0].border_hosts", "nobody's Authentication-Results are believed", "authserv_ids"
}
, {"below_without_ids", IN{p.mutable_incoming(0)->set_results_below_received(true);
}
, "incoming[0].results_below_received", "nobody's", "authserv_ids"
}
, {"unknown_reports", IN{p.mutable_incoming(0)->set_reports("drop");
}
, "incoming[0].reports", "is unknown", "attach"
}
, {"follow_ups", IN{p.mutable_follow_ups()->set_subject("Call {number}:");
p.mutable_follow_ups()->set_closed("new_call");
p.mutable_follow_ups()->set_reopen_within("14d");
}
, valid, "", ""
}
, {"subject_without_a_place", IN{p.mutable_follow_ups()->set_subject("Call");
}
, "follow_ups.subject", "has no place for the number", "write {call}"
}
, {"unknown_closed", IN{p.mutable_follow_ups()->set_closed("ignore");
}
, "follow_ups.closed", "is unknown", "reopen"
}
, {"reopen_within_too_short", IN{p.mutable_follow_ups()->set_reopen_within("1s");
}
, "follow_ups.reopen_within", "1s", "1h"
}
,
}
;
#undef IN

}  // namespace

TEST(validate_trust, finds_what_is_wrong_and_says_what_to_do) {
  for (const auto& r : rows) {
    auto settings = test::valid_settings();
    r.bend(*settings.mutable_partitions(0));
    const auto found = validate(settings);
    if (r.path == valid) {
      EXPECT_TRUE(found.empty()) << r.name << ": " << (found.empty() ? "" : found[0].what);
      continue;
    }
    ASSERT_EQ(found.size(), 1u) << r.name;
    EXPECT_EQ(found[0].path, r.path) << r.name;
    EXPECT_NE(found[0].what.find(r.what), std::string::npos) << r.name << ": " << found[0].what;
    EXPECT_NE(found[0].remedy.find(r.remedy), std::string::npos) << r.name << found[0].remedy;
  }
}
