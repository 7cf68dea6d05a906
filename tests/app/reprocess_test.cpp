#include "app/admin_changes.hpp"
#include "app/admin_reads.hpp"
#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

actors::mail_reprocessed answer(uint64_t call, const std::string& stays = {}) {
  record::v1::QuarantineEntry q;
  record::v1::LedgerEntry l;
  if (call != 0) q.set_became(record::v1::LOGGED), l.set_outcome(record::v1::LOGGED);
  q.set_call(call);
  q.set_reason(stays);
  l.set_call(call);
  return {std::make_shared<const record::v1::QuarantineEntry>(q),
          std::make_shared<const record::v1::LedgerEntry>(l)};
}

admin::v1::ReprocessQuarantineRequest request(int mails) {
  admin::v1::ReprocessQuarantineRequest out;
  out.set_partition("IT");
  out.set_who("olga");
  out.set_reason("again");
  for (int i = 0; i < mails; ++i) out.add_mails(static_cast<uint64_t>(i + 1));
  return out;
}

}  // namespace

TEST_F(cli, a_reprocess_asks_for_each_mail_and_shows_what_became_of_it) {
  reprocess_answer = [](const actors::reprocess_mail& r) -> result<actors::mail_reprocessed> {
    if (r.mail.value == 3) return fail(ec::conflict, "the bytes of mail IT/3 were not kept");
    return r.mail.value == 1 ? answer(12) : answer(0, "mail_unparsable");
  };
  EXPECT_EQ(run({"quarantine", "reprocess", "it/1", "IT/2", "IT/3", "--reason", "mended"}),
            exit_failed);
  EXPECT_TRUE(shows_row("IT/1 IT-000012")) << out.str();
  EXPECT_TRUE(shows_row("IT/2 stays: mail_unparsable"));
  EXPECT_TRUE(shows_row("IT/3 conflict the bytes of mail IT/3 were not kept"));
  ASSERT_EQ(reprocess_asked.size(), 3u);
  EXPECT_EQ(reprocess_asked[0].partition.value, "IT");
  EXPECT_EQ(reprocess_asked[0].who, "tester");
  EXPECT_EQ(reprocess_asked[0].reason, "mended");
  EXPECT_EQ(run({"quarantine", "reprocess", "IT/1", "--reason", "mended", "--json"}), exit_done);
  EXPECT_EQ(from_json<admin::v1::ReprocessQuarantineResponse>(out.str()).items(0).ledger().call(),
            12u);
}

TEST_F(cli, a_suppressed_mail_is_shown_and_reprocessed_in_spite_of_what_refused_it) {
  record::v1::LedgerEntry e;
  e.mutable_key()->set_mailbox("it-imap");
  e.mutable_key()->set_uid_validity(7);
  e.mutable_key()->set_uid(9);
  e.set_outcome(record::v1::SUPPRESSED);
  e.set_reason("out_of_office");
  e.set_mail(5);
  e.set_sender("una@example.com");
  it.put(storage::keys::ledger(e.key()), e.SerializeAsString());
  it.mail(5, {"raw"}, 3);
  record::v1::Mail m;
  ASSERT_TRUE(m.ParseFromString(**it.unit().store->get(storage::keys::mail(mail_id{5}))));
  *m.mutable_key() = e.key();
  it.put(storage::keys::mail(mail_id{5}), m.SerializeAsString());
  EXPECT_EQ(run({"quarantine", "show", "IT/5"}), exit_done) << err.str();
  EXPECT_TRUE(shows_row("IT/5 suppressed:out_of_office")) << out.str();
  EXPECT_TRUE(shows_row("sender una@example.com"));
  EXPECT_TRUE(shows_row("mail it-imap/7/9"));
  EXPECT_EQ(run({"quarantine", "show", "IT/5", "--raw"}), exit_done);
  EXPECT_TRUE(shows("raw"));
  reprocess_answer = [&](const actors::reprocess_mail& r) -> result<actors::mail_reprocessed> {
    auto now = e;
    if (r.accept) now.set_outcome(record::v1::LOGGED), now.clear_reason(), now.set_call(12);
    return actors::mail_reprocessed{nullptr, std::make_shared<const record::v1::LedgerEntry>(now)};
  };
  EXPECT_EQ(run({"quarantine", "reprocess", "IT/5", "--reason", "a person's"}), exit_failed);
  EXPECT_TRUE(shows_row("IT/5 stays: suppressed:out_of_office")) << out.str();
  EXPECT_EQ(run({"quarantine", "reprocess", "IT/5", "--accept", "--reason", "a person's"}),
            exit_done);
  EXPECT_TRUE(shows_row("IT/5 IT-000012")) << out.str();
}

TEST_F(cli, a_reprocess_is_for_one_partition_and_needs_a_reason) {
  EXPECT_EQ(run({"quarantine", "reprocess", "IT/1", "HR/2", "--reason", "r"}), exit_usage);
  EXPECT_TRUE(complains("ask for one partition at a time"));
  EXPECT_EQ(run({"quarantine", "reprocess", "IT/1"}), exit_usage);
  EXPECT_EQ(run({"quarantine", "reprocess", "--reason", "r"}), exit_usage);
  EXPECT_TRUE(complains("PARTITION/ID... is missing"));
  EXPECT_TRUE(reprocess_asked.empty());
}

TEST_F(cli, a_mail_that_left_the_quarantine_is_listed_only_when_asked_for_and_shown) {
  it.quarantine(1, 10);
  record::v1::QuarantineEntry e;
  ASSERT_TRUE(e.ParseFromString(**it.unit().store->get(storage::keys::quarantine(mail_id{1}))));
  e.set_reprocessed_at(1'795'442'021'042);
  e.set_reprocessed_by("olga");
  e.set_reprocess_reason("mended");
  e.set_became(record::v1::LOGGED);
  e.set_call(7);
  it.put(storage::keys::quarantine(mail_id{1}), e.SerializeAsString());
  run({"quarantine"});
  EXPECT_TRUE(shows("the quarantine is empty"));
  run({"quarantine", "--all"});
  EXPECT_TRUE(shows("now IT-000007, reprocessed by olga: mended")) << out.str();
  run({"quarantine", "show", "IT/1"});
  EXPECT_TRUE(shows_row("became IT-000007")) << out.str();
}

TEST(admin_reprocess, takes_one_to_a_hundred_mails_with_a_reason_and_who_asks) {
  admin_backend backend;
  int asked = 0;
  backend.reprocess = [&](const auto&) -> result<actors::mail_reprocessed> {
    ++asked;
    return answer(1);
  };
  EXPECT_EQ(reprocess_quarantine(backend, request(0)).error().detail,
            "mails: are 0; name 1 to 100");
  EXPECT_EQ(reprocess_quarantine(backend, request(101)).code(), ec::config_invalid);
  auto blank = request(1);
  blank.set_reason(" ");
  EXPECT_EQ(reprocess_quarantine(backend, blank).code(), ec::config_invalid);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(reprocess_quarantine(backend, request(100))->items_size(), 100);
  EXPECT_EQ(asked, 100);
}

TEST(admin_reprocess, many_mails_wait_at_the_gate_of_the_trials_and_one_does_not) {
  admin_backend backend;
  backend.reprocess = [&](const auto&) -> result<actors::mail_reprocessed> {
    EXPECT_TRUE(backend.gate->enter("HR")) << "no other partition waits for it";
    return answer(1);
  };
  {
    const auto trial = backend.gate->enter("IT");
    const auto refused = reprocess_quarantine(backend, request(2));
    EXPECT_EQ(refused.code(), ec::overloaded);
    EXPECT_EQ(refused.error().detail,
              "a trial, reprocessing or OAuth sign-in of partition IT is under way already; ask "
              "again when it is done");
    EXPECT_EQ(reprocess_quarantine(backend, request(1))->items_size(), 1);
  }
  EXPECT_EQ(reprocess_quarantine(backend, request(2))->items_size(), 2);
  EXPECT_TRUE(backend.gate->enter("IT")) << "it has gone out again";
}

}  // namespace postroom::app
