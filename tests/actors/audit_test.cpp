#include "actors/outbox_change.hpp"
#include "actors/quarantine.hpp"
#include "storage/audit_trail.hpp"
#include "storage/unit_names.hpp"
#include "tests/actors/world.hpp"

namespace postroom::actors::test {
namespace {

using record::v1::AuditEntry;
using record::v1::OutboxRecipient;

/// What a person does in a partition, and what its audit says of it.
struct audit_test : testing::Test, world {
  void put_outbox(uint64_t id, const std::vector<OutboxRecipient::State>& states) {
    record::v1::OutboxEntry e;
    e.set_id(id);
    for (const auto state : states) {
      auto* r = e.add_recipients();
      r->set_address("a@example.com");
      r->set_state(state);
    }
    put(keys::outbox(id), e.SerializeAsString());
  }
  void put_quarantine(uint64_t mail) {
    record::v1::QuarantineEntry e;
    e.set_mail(mail);
    e.set_reason("mail_too_large");
    put(keys::quarantine(mail_id{mail}), e.SerializeAsString());
  }
  void put(const std::string& key, const std::string& value) {
    storage::write_batch batch;
    batch.put(key, value);
    ASSERT_TRUE(unit->commit(owner, std::move(batch)));
  }
  result<record::v1::OutboxEntry> change(uint64_t id, change_outbox::kind what) {
    return outbox::change(*unit, owner,
                          {partition_id{"IT"}, id, what, "olga", "wrong address", "10.0.0.7"}, now);
  }
  result<record::v1::QuarantineEntry> discard(uint64_t mail) {
    return quarantine::discard(
        *unit, owner, {partition_id{"IT"}, mail_id{mail}, "olga", "an advertisement", "10.0.0.7"},
        now);
  }
  std::vector<AuditEntry> trail() const { return all<AuditEntry>(keys::kind::audit_chain); }
};

TEST_F(audit_test, a_retry_and_a_cancel_say_who_when_from_where_why_and_how_it_was) {
  put_outbox(7, {OutboxRecipient::DEAD, OutboxRecipient::SENT, OutboxRecipient::DEAD});
  ASSERT_TRUE(change(7, change_outbox::kind::retry));
  ASSERT_TRUE(change(7, change_outbox::kind::cancel));
  const auto got = trail();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].what(), "outbox retried");
  EXPECT_EQ(got[0].before(), "2 dead");
  EXPECT_EQ(got[0].after(), "1 sent, 2 waiting");
  EXPECT_EQ(got[1].what(), "outbox cancelled");
  EXPECT_EQ(got[1].before(), "2 waiting");
  EXPECT_EQ(got[1].after(), "2 cancelled, 1 sent");
  for (auto e : got) {
    e.clear_hash();
    e.clear_previous_hash();
    EXPECT_EQ(e.who(), "olga");
    EXPECT_EQ(e.from(), "10.0.0.7");
    EXPECT_EQ(e.reason(), "wrong address");
    EXPECT_EQ(e.partition(), "IT");
    EXPECT_EQ(e.detail(), "mail IT/7");
    EXPECT_EQ(e.at(), to_millis(noon));
    EXPECT_EQ(e.DebugString().find('@'), std::string::npos) << "no addresses in the audit";
  }
}

TEST_F(audit_test, a_discard_says_who_when_from_where_and_why) {
  put_quarantine(3);
  ASSERT_TRUE(discard(3));
  const auto got = trail();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].what(), "quarantine discarded");
  EXPECT_EQ(got[0].detail(), "mail IT/3");
  EXPECT_EQ(got[0].before(), "mail_too_large");
  EXPECT_EQ(got[0].reason(), "an advertisement");
  EXPECT_EQ(got[0].from(), "10.0.0.7");
}

TEST_F(audit_test, what_is_refused_or_does_not_reach_the_disk_leaves_no_entry) {
  put_outbox(7, {OutboxRecipient::SENT});
  EXPECT_EQ(change(7, change_outbox::kind::cancel).code(), ec::conflict);
  EXPECT_EQ(discard(3).code(), ec::not_found);
  put_quarantine(3);
  disk->commits.push_back({fail(ec::no_space)});
  EXPECT_EQ(discard(3).code(), ec::no_space);
  EXPECT_TRUE(trail().empty());
  EXPECT_EQ(record<record::v1::QuarantineEntry>(keys::quarantine(mail_id{3})).discarded_at(), 0);
}

TEST_F(audit_test, a_commit_that_landed_although_it_failed_does_not_fork_the_chain) {
  put_quarantine(3);
  put_quarantine(4);
  disk->commits.push_back({fail(ec::store_io), true});
  EXPECT_EQ(discard(3).code(), ec::store_io);
  ASSERT_TRUE(discard(4));
  EXPECT_EQ(trail().size(), 2u);
  EXPECT_FALSE(storage::audit::verify("partition-IT", *unit)->damaged);
}

}  // namespace
}  // namespace postroom::actors::test
