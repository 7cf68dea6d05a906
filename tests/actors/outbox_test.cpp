#include "actors/outbox.hpp"

#include "actors/outbox_render.hpp"
#include "mail/mail.hpp"
#include "tests/actors/world.hpp"

namespace postroom::actors::test {
namespace {

using record::v1::OutboxEntry;
using record::v1::OutboxRecipient;

OutboxEntry entry_for(std::vector<std::string> addresses, uint64_t id = 1) {
  OutboxEntry e;
  e.set_id(id);
  e.set_message_id("id-" + std::to_string(id) + "@example.org");
  e.set_kind("acknowledgement");
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
  outbox::due_page read(time_point at, std::size_t max = 32, std::vector<uint64_t> busy = {},
                        std::size_t room = outbox::max_bytes_in_hand) {
    auto page = outbox::read_due(*unit, config.outgoing(0), at, max, busy, room);
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

struct submitted_row {
  const char* kind;
  const char* in_reply_to;
  const char* submitted;
};

TEST_F(outbox_test, a_mail_says_whether_it_answers_or_comes_of_itself) {
  const submitted_row rows[] = {
      {"acknowledgement", "a@b", "auto-replied"}, {"acknowledgement", "", "auto-replied"},
      {"command_answer", "", "auto-replied"},     {"notification", "a@b", "auto-replied"},
      {"notification", "", "auto-generated"},     {"forward", "", "auto-generated"}};
  for (const auto& r : rows) {
    auto e = entry_for({"a@example.com"});
    e.set_kind(r.kind);
    e.set_in_reply_to(r.in_reply_to);
    put(e);
    EXPECT_NE(read(noon).mails.at(0).message->find("Auto-Submitted: " + std::string(r.submitted)),
              std::string::npos)
        << r.kind << r.in_reply_to;
  }
}

TEST_F(outbox_test, a_mail_bears_the_entrys_loop_mark_and_its_own_address_for_answers) {
  auto e = entry_for({"a@example.com"});
  e.set_loop_mark("f3a1");
  e.set_reply_to("answers+IT-000001.tag@example.org");
  put(e);
  auto mail = *read(noon).mails.at(0).message;
  EXPECT_NE(mail.find("X-Postroom-Loop: f3a1\r\n"), std::string::npos) << mail;
  EXPECT_NE(mail.find("X-Postroom-Message-ID: <" + e.message_id() + ">"), std::string::npos);
  EXPECT_NE(mail.find("Reply-To: answers+IT-000001.tag@example.org\r\n"), std::string::npos);
  EXPECT_EQ(mail.find("Reply-To: answers@example.org"), std::string::npos);
  put(entry_for({"a@example.com"}));
  EXPECT_EQ(read(noon).mails.at(0).message->find("X-Postroom-Loop"), std::string::npos);
}

struct forwarding : outbox_test {
  /// A stored mail; `told` bytes are what its record says it has.
  void store(uint64_t id, const std::string& raw, std::size_t told) {
    record::v1::Mail m;
    m.set_id(id);
    m.set_size(told);
    m.set_chunks(1);
    storage::write_batch b;
    b.put(keys::mail(mail_id{id}), m.SerializeAsString());
    b.put(keys::raw(mail_id{id}, 0), raw);
    ASSERT_TRUE(unit->commit(owner, std::move(b)));
  }
  void put_forward(uint64_t id, uint64_t mail, duration after_noon = duration{0}) {
    auto e = entry_for({"a@example.com"}, id);
    e.set_kind("forward");
    e.set_html("<p>Dear you</p>");
    e.set_attached_mail(mail);
    e.set_next_attempt_at(to_millis(noon + after_noon));
    put(e);
  }
  std::string sent() { return *read(noon).mails.at(0).message; }
};

TEST_F(forwarding, sends_the_stored_mail_as_an_attachment_byte_for_byte) {
  const std::string raw = "From: una@example.com\nSubject: x\r\n\r\n\xff bytes" +
                          std::string(1, '\0') + std::string(200, 'y');
  store(7, raw, raw.size());
  put_forward(1, 7);
  const auto parsed = mail::parse(sent());
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->attachments.size(), 1u);
  EXPECT_EQ(parsed->attachments[0].name, "mail.eml");
  EXPECT_EQ(parsed->attachments[0].size, raw.size());
  EXPECT_EQ(parsed->text.find("not attached"), std::string::npos);
  EXPECT_TRUE(parsed->has_html);
}

TEST_F(forwarding, names_a_mail_in_the_text_that_is_too_large_damaged_or_gone) {
  store(7, "x", outbox::max_forwarded + 1);
  store(8, "x", 2);
  const std::pair<uint64_t, const char*> rows[] = {
      {7, "it has 26214401 bytes, and at most 26214400 are sent on. It is kept as mail 7."},
      {8, "its bytes are not all there. It is kept as mail 8."},
      {9, "it cannot be found. It is kept as mail 9."}};
  for (const auto& [id, said] : rows) {
    put_forward(1, id);
    const auto mail = sent();
    EXPECT_TRUE(mail::parse(mail)->attachments.empty());
    const auto text = mail::parse(mail)->text;
    EXPECT_NE(text.find(std::string("The mail itself is not attached: ") + said), std::string::npos)
        << text;
    EXPECT_NE(mail.find("<br>"), std::string::npos) << "in the HTML, too";
  }
}

TEST_F(forwarding, a_mail_of_the_largest_size_is_attached) {
  const std::string raw(outbox::max_forwarded, 'x');
  store(7, raw, raw.size());
  put_forward(1, 7);
  const auto page = read(noon);
  ASSERT_EQ(page.mails.size(), 1u);
  EXPECT_FALSE(page.waits_for_room);
  EXPECT_LE(page.mails[0].message->size(), outbox::max_bytes_in_hand);
  EXPECT_EQ(mail::parse(*page.mails[0].message)->attachments.at(0).size, raw.size());
}

TEST_F(forwarding, mails_that_there_is_no_room_for_are_left_out) {
  store(7, std::string(100'000, 'x'), 100'000);
  for (uint64_t id : {1, 2, 3}) put_forward(id, 7, duration{static_cast<int>(id)});
  put_due(4, duration{4});
  auto page = read(noon + duration{9}, 32, {}, 300'000);
  EXPECT_EQ(ids(page), (list{1, 2}));
  EXPECT_TRUE(page.waits_for_room);
  page = read(noon + duration{9}, 32, {1, 2}, 150'000);
  EXPECT_EQ(ids(page), (list{3, 4}));
  EXPECT_FALSE(page.waits_for_room);
  page = read(noon + duration{9}, 32, {}, 0);
  EXPECT_EQ(ids(page), list{});
  EXPECT_TRUE(page.waits_for_room);
}

TEST_F(forwarding, a_store_that_cannot_be_read_is_an_error_and_no_missing_mail) {
  store(7, "x", 1);
  auto e = entry_for({"a@example.com"});
  e.set_attached_mail(7);
  const error broken{ec::store_io, "the disk"};
  disk->reads.push_back(broken);
  EXPECT_EQ(outbox::find_attached(*unit, e).code(), ec::store_io);
  const auto found = outbox::find_attached(*unit, e);
  ASSERT_TRUE(found);
  disk->reads.push_back(broken);
  EXPECT_EQ(outbox::render(*unit, e, config.outgoing(0), *found).code(), ec::store_io);
  EXPECT_TRUE(outbox::render(*unit, e, config.outgoing(0), *found));
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
  EXPECT_EQ(outbox::read_due(*unit, config.outgoing(0), noon, 9, {}, 9).code(), ec::corrupt_record);
}

}  // namespace
}  // namespace postroom::actors::test
