#include "tests/actors/ingest_fixture.hpp"

namespace postroom::actors::test {
namespace {

using names = std::vector<std::string>;

struct ingest_follow_up_test : ingest_test {
  void SetUp() override { ASSERT_TRUE(take({call_item(1, "red")})); }
  record::v1::Call call(uint64_t n) const {
    return record<record::v1::Call>(keys::call(call_number{n}));
  }
  record::v1::CallUpdate update(uint32_t n) const {
    return record<record::v1::CallUpdate>(keys::call_update(call_number{1}, n));
  }
  void close() {
    auto closed = call(1);
    closed.set_state(record::v1::CLOSED);
    closed.set_closed_at(to_millis(now));
    storage::write_batch batch;
    batch.put(keys::call(call_number{1}), closed.SerializeAsString());
    ASSERT_TRUE(unit->commit(owner, std::move(batch)));
  }
};

TEST_F(ingest_follow_up_test, an_answer_to_the_first_mail_updates_the_call) {
  ASSERT_TRUE(take({item_of(2, "b@x", "una@example.com",
                            "Subject: Re: red\r\nIn-Reply-To: <red@mail.example.com>\r\n")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 updated"}));
  EXPECT_EQ(count(keys::kind::call), 1u);
  EXPECT_EQ(call(1).updates(), 1u);
  EXPECT_EQ(call(1).updated_at(), to_millis(noon));
  const auto added = update(1);
  EXPECT_EQ(added.kind(), record::v1::CallUpdate::REPLY);
  EXPECT_EQ(added.text(), "More of it.\n");
  EXPECT_EQ(added.subject(), "Re: red");
  EXPECT_EQ(added.by().address(), "una@example.com");
  EXPECT_EQ(added.evidence(), "The mail belongs to call IT-000001: it answers a mail of the call.");
  const auto entry = record<record::v1::LedgerEntry>(keys::ledger(call_item(2, "x").key));
  EXPECT_EQ(entry.call(), 1u);
  EXPECT_EQ(entry.update(), 1u);
  EXPECT_EQ(entry.mail(), 2u);
}

TEST_F(ingest_follow_up_test, an_answer_to_our_acknowledgement_updates_the_call) {
  const auto sent = record<record::v1::OutboxEntry>(keys::outbox(1));
  ASSERT_TRUE(take({item_of(2, "b@x", "una@example.com",
                            "Subject: thanks\r\nReferences: <" + sent.message_id() + ">\r\n")}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 updated");
  EXPECT_EQ(count(keys::kind::outbox), 1u) << "an update is not acknowledged";
}

TEST_F(ingest_follow_up_test, the_number_in_the_subject_counts_only_from_who_takes_part) {
  ASSERT_TRUE(take({item_of(2, "b@x", "Una@Example.com", "Subject: AW: [it-1] red\r\n"),
                    item_of(3, "c@x", "eve@example.net", "Subject: Re: [IT-000001] red\r\n")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 updated", "it-in/7/3 logged"}));
  ASSERT_EQ(call(2).related_size(), 1);
  EXPECT_EQ(call(2).related(0).call(), "IT-000001");
}

TEST_F(ingest_follow_up_test, a_number_that_is_not_there_makes_a_new_call_with_a_link) {
  ASSERT_TRUE(take({item_of(2, "b@x", "una@example.com", "Subject: [IT-000099] x\r\n"),
                    item_of(3, "c@x", "una@example.com", "Subject: [HR-000001] x\r\n")}));
  EXPECT_EQ(call(2).related(0).call(), "IT-000099");
  EXPECT_EQ(call(3).related(0).call(), "HR-000001");
}

TEST_F(ingest_follow_up_test, a_reference_signed_for_the_sender_is_enough) {
  const auto signed_for = [&](const char* who) {
    return "it@example.org, <" +
           mail::tagged_address("it@example.org",
                                reply_keys->tags.sign({partition_id{"IT"}, call_number{1}}, who)) +
           ">";
  };
  ASSERT_TRUE(take({item_of(2, "b@x", "eve@example.net",
                            "Cc: " + signed_for("eve@example.net") + "\r\nSubject: x\r\n"),
                    item_of(3, "c@x", "eva@example.net",
                            "Cc: " + signed_for("eve@example.net") + "\r\nSubject: x\r\n")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 updated", "it-in/7/3 logged"}));
}

TEST_F(ingest_follow_up_test, mails_of_one_round_see_each_other) {
  ASSERT_TRUE(take({item_of(2, "b@x", "una@example.com", "Subject: new\r\n"),
                    item_of(3, "c@x", "una@example.com", "In-Reply-To: <b@x>\r\n"),
                    item_of(4, "d@x", "una@example.com", "In-Reply-To: <c@x>\r\n")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 logged", "it-in/7/3 updated",
                             "it-in/7/4 updated"}));
  EXPECT_EQ(call(2).updates(), 2u);
}

TEST_F(ingest_follow_up_test, a_mail_under_anothers_message_id_does_not_get_its_answers) {
  ASSERT_TRUE(take({item_of(2, "red@mail.example.com", "eve@example.net", "Subject: mine\r\n"),
                    item_of(3, "c@x", "una@example.com",
                            "In-Reply-To: <red@mail.example.com>\r\nSubject: Re: red\r\n")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 logged", "it-in/7/3 updated"}));
  EXPECT_EQ(call(1).updates(), 1u);
  EXPECT_EQ(call(2).updates(), 0u);
}

TEST_F(ingest_follow_up_test, an_answer_opens_a_closed_call_again) {
  close();
  ASSERT_TRUE(
      take({item_of(2, "b@x", "una@example.com", "In-Reply-To: <red@mail.example.com>\r\n")}));
  EXPECT_EQ(call(1).state(), record::v1::OPEN);
  EXPECT_EQ(call(1).closed_at(), 0);
  ASSERT_EQ(update(1).changed_size(), 1);
  EXPECT_EQ(update(1).changed(0), "state: CLOSED -> OPEN");
}

TEST_F(ingest_follow_up_test, an_answer_to_a_call_closed_long_ago_is_a_new_one) {
  close();
  now += duration{31LL * 86'400'000};
  ASSERT_TRUE(
      take({item_of(2, "b@x", "una@example.com", "In-Reply-To: <red@mail.example.com>\r\n")}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 logged");
  EXPECT_EQ(call(1).state(), record::v1::CLOSED);
}

TEST_F(ingest_follow_up_test, nothing_of_an_update_is_there_when_the_commit_is_refused) {
  auto before = contents();
  disk->commits.push_back({fail(ec::no_space)});
  EXPECT_FALSE(
      take({item_of(2, "b@x", "una@example.com", "In-Reply-To: <red@mail.example.com>\r\n")}));
  EXPECT_EQ(contents(), before);
}

TEST_F(ingest_follow_up_test, the_safe_html_lies_beside_the_call) {
  auto item = item_of(2, "b@x", "una@example.com", "Subject: new\r\n");
  auto parsed = *item.parsed;
  parsed.html = "<p>More of it.</p>";
  item.parsed = std::make_shared<const mail::parsed_mail>(std::move(parsed));
  ASSERT_TRUE(take({item}));
  EXPECT_TRUE(call(2).has_html());
  auto stored = unit->get(keys::safe_html(mail_id{2}));
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ(**stored, "<p>More of it.</p>");
}

TEST_F(ingest_follow_up_test, the_key_of_references_outlives_the_factory) {
  restart();
  const auto first = reply_keys;
  random_value = 77;
  restart();
  const mail::call_name name{partition_id{"IT"}, call_number{1}};
  EXPECT_EQ(first->tags.sign(name, "a@b"), reply_keys->tags.sign(name, "a@b"));
  EXPECT_EQ(first->loop_mark, reply_keys->loop_mark);
}

}  // namespace
}  // namespace postroom::actors::test
