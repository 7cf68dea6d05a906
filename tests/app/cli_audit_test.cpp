#include "postroom/admin/v1/audit.pb.h"
#include "tests/app/audited.hpp"
#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

struct cli_audit : cli {
  std::shared_ptr<storage::unit_store> store = it.unit().store;
  epoch owner = *store->claim();

  void done(int64_t at, const std::string& what) {
    ASSERT_TRUE(storage::audit::commit("partition-IT", *store, owner, {},
                                       audited::entry(at, what, "IT", "olga")));
  }
  void lose(uint64_t sequence) {
    storage::write_batch batch;
    batch.erase(storage::keys::audit_chain(sequence));
    ASSERT_TRUE(store->commit(owner, std::move(batch)));
  }
};

}  // namespace

TEST_F(cli_audit, the_list_says_who_did_what_when_from_where_and_why_and_how_it_was) {
  EXPECT_EQ(run({"audit"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "nothing was done\n");
  done(1'795'442'021'042, "outbox retried");
  EXPECT_EQ(run({"audit"}), exit_done);
  EXPECT_TRUE(
      shows_row("2026-11-23 13:53:41Z olga 10.0.0.7 IT outbox retried mail IT/1 "
                "1 dead -> 1 waiting mended \uFFFD it"))
      << out.str();
  EXPECT_EQ(run({"audit", "--json"}), exit_done);
  EXPECT_EQ(from_json<admin::v1::ListAuditResponse>(out.str()).items(0).unit(), "partition-IT");
}

TEST_F(cli_audit, audit_list_is_another_name_of_audit) {
  done(1'795'442'021'042, "outbox retried");
  EXPECT_EQ(run({"audit"}), exit_done);
  const auto before = out.str();
  EXPECT_EQ(run({"audit", "list"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), before);
}

TEST_F(cli_audit, the_list_is_narrowed_by_partition_person_name_and_time) {
  done(1'795'442'021'042, "outbox retried");
  for (const auto& hit : std::vector<std::vector<std::string>>{{"--partition", "IT"},
                                                               {"--who", "olga"},
                                                               {"--what", "retried"},
                                                               {"--since", "2026-11-23"},
                                                               {"--until", "2026-11-24"}}) {
    EXPECT_EQ(run({"audit", hit[0], hit[1]}), exit_done);
    EXPECT_TRUE(shows("olga")) << hit[0];
  }
  for (const auto& miss : std::vector<std::vector<std::string>>{{"--partition", "HR"},
                                                                {"--who", "bob"},
                                                                {"--what", "discard"},
                                                                {"--since", "2026-11-24"},
                                                                {"--until", "2026-11-23"}}) {
    EXPECT_EQ(run({"audit", miss[0], miss[1]}), exit_done);
    EXPECT_EQ(out.str(), "nothing was done\n") << miss[0];
  }
  done(to_millis(system_now()), "quarantine discarded");
  EXPECT_EQ(run({"audit", "--since", "1h"}), exit_done);
  EXPECT_TRUE(shows("discarded"));
  EXPECT_FALSE(shows("retried"));
  for (const auto* wrong : {"yesterday", "now"}) {
    EXPECT_EQ(run({"audit", "--since", wrong}), exit_usage) << wrong;
    EXPECT_TRUE(complains("is no time; use one such as 2026-11-01"));
  }
}

TEST_F(cli_audit, heads_are_printed_as_verify_takes_them) {
  done(10, "outbox retried");
  done(20, "outbox cancelled");
  EXPECT_EQ(run({"audit", "head"}), exit_done) << err.str();
  auto head = out.str();
  ASSERT_TRUE(head.starts_with("partition-IT=2:") && head.ends_with("\n")) << head;
  head.pop_back();
  EXPECT_EQ(run({"audit", "verify", "--expect", head}), exit_done) << err.str();
  EXPECT_TRUE(shows_row("partition-IT 2 0 intact")) << out.str();
  head.back() = head.back() == '0' ? '1' : '0';
  EXPECT_EQ(run({"audit", "verify", "--expect", head}), exit_failed);
  EXPECT_TRUE(shows("written anew")) << out.str();
  for (const auto* wrong : {"partition-IT", "partition-IT=2", "=2:ab", "partition-IT=x:ab"}) {
    EXPECT_EQ(run({"audit", "verify", "--expect", wrong}), exit_usage) << wrong;
    EXPECT_TRUE(complains("is not UNIT=SEQUENCE:HASH"));
  }
}

TEST_F(cli_audit, verify_fails_and_names_the_first_entry_that_is_missing) {
  for (const auto at : {10, 20, 30}) done(at, "outbox retried");
  EXPECT_EQ(run({"audit", "verify"}), exit_done);
  lose(2);
  EXPECT_EQ(run({"audit", "verify"}), exit_failed);
  EXPECT_TRUE(shows("entry 2: it is missing")) << out.str();
  EXPECT_TRUE(complains("the audit is not as it was written"));
  EXPECT_EQ(run({"audit", "verify", "--json"}), exit_failed);
  EXPECT_FALSE(from_json<admin::v1::VerifyAuditResponse>(out.str()).intact());
}

TEST_F(cli_audit, a_retry_without_a_reason_is_refused_when_reasons_are_demanded) {
  EXPECT_EQ(run({"outbox", "retry", "IT/7"}), exit_done);
  settings_answer->mutable_general()->set_demand_reasons(true);
  EXPECT_EQ(run({"outbox", "retry", "IT/7"}), exit_failed);
  EXPECT_EQ(err.str(), "postroom: reason: is blank; say in a few words why (--reason TEXT)\n");
  EXPECT_EQ(run({"outbox", "retry", "IT/7", "--reason", " mended "}), exit_done);
  ASSERT_EQ(outbox_asked.size(), 2u);
  EXPECT_EQ(outbox_asked[1].reason, "mended");
  EXPECT_FALSE(outbox_asked[1].from.empty());
}

}  // namespace postroom::app
