#include "actors/outbox.hpp"

#include "tests/actors/world.hpp"

namespace postroom::actors::test {
namespace {

using record::v1::OutboxEntry;
using record::v1::OutboxRecipient;

OutboxEntry entry_for(std::vector<std::string> addresses, uint64_t id = 1) {
  OutboxEntry e;
  e.set_id(id);
  e.set_message_id("id-" + std::to_string(id) + "@example.org");
  e.set_subject("[IT-000001] red");
  e.set_text("Dear you");
  e.set_created_at(to_millis(noon));
  e.set_next_attempt_at(to_millis(noon));
  for (const auto& a : addresses) e.add_recipients()->set_address(a);
  return e;
}

channels::send_report answer(int code) {
  channels::send_report r;
  r.reply_code = code;
  r.reply = std::to_string(code) + " words";
  if (code >= 400) r.code = code < 500 ? ec::server_busy : ec::recipient_refused;
  r.permanent = code >= 500;
  return r;
}

const outbox::retry_policy policy;
const random_fn lowest = [] { return uint64_t{0}; };

TEST(outbox_settle, a_250_settles_the_entry) {
  auto e = entry_for({"a@example.com"});
  outbox::settle(e, 0, answer(250), policy, noon, lowest);
  EXPECT_TRUE(e.settled());
  EXPECT_EQ(e.recipients(0).state(), OutboxRecipient::SENT);
  EXPECT_EQ(e.recipients(0).attempts(), 1u);
  EXPECT_EQ(e.recipients(0).last_reply(), "250 words");
  EXPECT_EQ(e.recipients(0).settled_at(), to_millis(noon));
}

TEST(outbox_settle, a_4xx_is_tried_again_after_doubling_jittered_pauses_of_at_most_an_hour) {
  auto e = entry_for({"a@example.com"});
  for (int minutes : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    auto whole = duration{60'000 * minutes};
    auto later = e;
    outbox::settle(later, 0, answer(451), policy, noon,
                   [&] { return static_cast<uint64_t>(whole.count() / 2); });
    EXPECT_EQ(later.next_attempt_at(), to_millis(noon + whole)) << minutes;
    outbox::settle(e, 0, answer(451), policy, noon, lowest);
    EXPECT_EQ(e.next_attempt_at(), to_millis(noon + whole / 2)) << minutes;
    EXPECT_FALSE(e.settled());
    EXPECT_EQ(e.recipients(0).state(), OutboxRecipient::PENDING);
  }
  EXPECT_EQ(e.recipients(0).attempts(), 9u);
}

TEST(outbox_settle, a_5xx_is_a_dead_letter_at_once) {
  auto e = entry_for({"a@example.com"});
  outbox::settle(e, 0, answer(550), policy, noon, lowest);
  EXPECT_TRUE(e.settled());
  EXPECT_EQ(e.recipients(0).state(), OutboxRecipient::DEAD);
  EXPECT_EQ(e.recipients(0).settled_at(), to_millis(noon));
}

TEST(outbox_settle, a_4xx_after_four_days_is_a_dead_letter_and_not_a_moment_before) {
  auto young = entry_for({"a@example.com"}), old = young;
  auto limit = noon + policy.give_up_after;
  outbox::settle(young, 0, answer(451), policy, limit - duration{1}, lowest);
  EXPECT_FALSE(young.settled());
  outbox::settle(old, 0, answer(451), policy, limit, lowest);
  EXPECT_TRUE(old.settled());
  EXPECT_EQ(old.recipients(0).state(), OutboxRecipient::DEAD);
}

TEST(outbox_settle, the_server_may_accept_even_a_mail_that_is_too_old) {
  auto e = entry_for({"a@example.com"});
  outbox::settle(e, 0, answer(250), policy, noon + policy.give_up_after * 2, lowest);
  EXPECT_EQ(e.recipients(0).state(), OutboxRecipient::SENT);
}

TEST(outbox_settle, each_recipient_has_its_own_answer_and_only_the_open_ones_are_tried_again) {
  auto e = entry_for({"a@example.com", "b@example.com", "c@example.com"});
  outbox::settle(e, 0, answer(250), policy, noon, lowest);
  EXPECT_FALSE(e.settled());
  outbox::settle(e, 1, answer(550), policy, noon, lowest);
  EXPECT_FALSE(e.settled());
  outbox::settle(e, 2, answer(451), policy, noon, lowest);
  EXPECT_FALSE(e.settled());
  EXPECT_EQ(e.recipients(0).state(), OutboxRecipient::SENT);
  EXPECT_EQ(e.recipients(1).state(), OutboxRecipient::DEAD);
  EXPECT_EQ(e.recipients(2).state(), OutboxRecipient::PENDING);
  EXPECT_EQ(e.next_attempt_at(), to_millis(noon + duration{30'000}));
  outbox::settle(e, 2, answer(250), policy, noon, lowest);
  EXPECT_TRUE(e.settled());
}

TEST(outbox_settle, an_answer_without_words_is_named_by_its_error) {
  auto e = entry_for({"a@example.com"});
  outbox::settle(e, 0, {ec::timeout}, policy, noon, lowest);
  EXPECT_EQ(e.recipients(0).last_reply(), "timeout");
}

struct outbox_test : testing::Test, world {
  void put(const OutboxEntry& e) {
    storage::write_batch b = outbox::changes(e, e.next_attempt_at());
    ASSERT_TRUE(unit->commit(owner, std::move(b)));
  }
  void put_due(uint64_t id, duration after_noon) {
    auto e = entry_for({"a@example.com"}, id);
    e.set_next_attempt_at(to_millis(noon + after_noon));
    put(e);
  }
  outbox::due_page read(time_point at, std::size_t max = 32, std::vector<uint64_t> busy = {}) {
    auto page = outbox::read_due(*unit, config.outgoing(0), at, max, busy);
    EXPECT_TRUE(page);
    return page ? std::move(*page) : outbox::due_page{};
  }
  std::vector<uint64_t> ids(const outbox::due_page& page) {
    std::vector<uint64_t> out;
    for (const auto& m : page.mails) out.push_back(m.entry.id());
    return out;
  }
  config::v1::Partition config = partitions::test::valid_partition();
};
using list = std::vector<uint64_t>;

TEST_F(outbox_test, reads_what_is_due_oldest_first_and_says_when_the_next_one_is) {
  put_due(1, duration{2});
  put_due(2, duration{1});
  put_due(3, duration{3});
  auto page = read(noon + duration{2});
  EXPECT_EQ(ids(page), (list{2, 1}));
  EXPECT_EQ(page.next_due_at, to_millis(noon + duration{3}));
  EXPECT_EQ(read(noon).mails.size(), 0u);
  EXPECT_EQ(read(noon).next_due_at, to_millis(noon + duration{1}));
  EXPECT_EQ(read(noon + duration{3}).next_due_at, 0);
}

TEST_F(outbox_test, reads_no_more_than_asked_for_and_none_that_are_in_hand) {
  for (uint64_t id : {1, 2, 3, 4}) put_due(id, duration{static_cast<int>(id)});
  auto page = read(noon + duration{9}, 2, {1, 3});
  EXPECT_EQ(ids(page), (list{2, 4}));
  EXPECT_EQ(page.next_due_at, 0);
  page = read(noon + duration{9}, 2);
  EXPECT_EQ(ids(page), (list{1, 2}));
  EXPECT_EQ(page.next_due_at, to_millis(noon + duration{3}));
}

TEST_F(outbox_test, a_settled_entry_is_kept_but_never_due_again) {
  put_due(1, duration{0});
  auto e = read(noon).mails.at(0).entry;
  outbox::settle(e, 0, answer(250), policy, noon, lowest);
  ASSERT_TRUE(unit->commit(owner, outbox::changes(e, to_millis(noon))));
  EXPECT_EQ(count(keys::kind::outbox_due), 0u);
  EXPECT_TRUE(record<OutboxEntry>(keys::outbox(1)).settled());
}

TEST_F(outbox_test, an_entry_to_be_tried_again_is_due_once_at_its_new_time) {
  put_due(1, duration{0});
  auto e = read(noon).mails.at(0).entry;
  outbox::settle(e, 0, answer(451), policy, noon, lowest);
  ASSERT_TRUE(unit->commit(owner, outbox::changes(e, to_millis(noon))));
  EXPECT_EQ(count(keys::kind::outbox_due), 1u);
  EXPECT_EQ(read(noon).next_due_at, to_millis(noon + duration{30'000}));
}

TEST_F(outbox_test, an_entry_about_which_nothing_was_learned_stays_due) {
  put_due(1, duration{0});
  auto e = read(noon).mails.at(0).entry;
  ASSERT_TRUE(unit->commit(owner, outbox::changes(e, to_millis(noon))));
  EXPECT_EQ(ids(read(noon)), list{1});
}

TEST_F(outbox_test, the_mail_is_an_automatic_answer_with_the_stored_message_id) {
  put_due(1, duration{0});
  auto mail = *read(noon).mails.at(0).message;
  EXPECT_NE(mail.find("Message-ID: <id-1@example.org>\r\n"), std::string::npos) << mail;
  EXPECT_NE(mail.find("Auto-Submitted: auto-replied\r\n"), std::string::npos);
  EXPECT_NE(mail.find("From: helpdesk@example.org"), std::string::npos);
  EXPECT_NE(mail.find("Reply-To: answers@example.org"), std::string::npos);
  EXPECT_EQ(mail, *read(noon).mails.at(0).message);
}

TEST_F(outbox_test, a_broken_entry_is_reported) {
  storage::write_batch b;
  b.put(keys::outbox_due(to_millis(noon), 5), "");
  ASSERT_TRUE(unit->commit(owner, std::move(b)));
  EXPECT_EQ(outbox::read_due(*unit, config.outgoing(0), noon, 9, {}).code(), ec::corrupt_record);
}

}  // namespace
}  // namespace postroom::actors::test
