#include <ostream>

#include "actors/directory.hpp"
#include "partitions/address_marks.hpp"
#include "tests/actors/sender_fixture.hpp"

/// What becomes of mails in the outbox when others to the same address came back for good.
namespace postroom::actors::test {
namespace {

constexpr duration hour{3'600'000};
const std::string gone = "una@example.com";

struct mark_of_una {
  std::string name;
  std::string status;
  duration after_mail{0};        ///< the mail is an hour old
  std::string partition = "IT";  ///< of hers
  bool by_hand = false;          ///< a person had the mail tried again
  bool given_up = false;
};

void PrintTo(const mark_of_una& row, std::ostream* to) {  // NOLINT: the name is gtest's
  *to << row.name;
}

const std::vector<mark_of_una> table = {
    {.name = "gone_since", .status = "5.1.1", .after_mail = hour / 2, .given_up = true},
    {.name = "no_such_domain_since", .status = "5.1.2", .after_mail = hour / 2, .given_up = true},
    {.name = "gone_at_that_moment", .status = "5.1.1", .given_up = true},
    {.name = "gone_before", .status = "5.1.1", .after_mail = -duration{1}},
    {.name = "complained_since",
     .status = partitions::complaint_status,
     .after_mail = hour / 2,
     .given_up = true},
    {.name = "full", .status = "5.2.2", .after_mail = hour / 2},
    {.name = "away_for_now", .status = "4.4.1", .after_mail = hour / 2},
    {.name = "refused_for_what_the_mail_is", .status = "5.7.1", .after_mail = hour / 2},
    {.name = "gone_for_others", .status = "5.1.1", .after_mail = hour / 2, .partition = "HR"},
    {.name = "tried_again_by_hand", .status = "5.1.1", .after_mail = hour / 2, .by_hand = true},
};

struct sender_marks : sender_test {
  void mark(const mark_of_una& m) {
    record::v1::Person una;
    una.set_id(1);
    una.set_partition(m.partition);
    una.add_addresses("Una@example.com");
    auto& mark = *una.add_marks();
    mark.set_address(gone);
    mark.set_status(m.status);
    mark.set_at(to_millis(now + m.after_mail));
    auto people = *engine->open("directory");
    auto owner_of_people = *people->claim();
    directory_of_all =
        adopt(sys.spawn(directory, directory_args{context, people, owner_of_people, {una}}));
  }
  void put_old(uint64_t id, std::vector<std::string> to, bool by_hand = false) {
    put(id, std::move(to));
    if (!by_hand) return;
    auto e = entry(id);
    e.set_tries_since(to_millis(now));
    ASSERT_TRUE(unit->commit(owner, outbox::changes(e, e.next_attempt_at())));
  }
  lines dead() const {
    lines out;
    for (const auto& e : all<OutboxEntry>(keys::kind::outbox))
      for (const auto& r : e.recipients())
        if (r.state() == OutboxRecipient::DEAD) out.push_back(r.address());
    return out;
  }
};

struct sender_marks_table : sender_marks, testing::WithParamInterface<mark_of_una> {};

TEST_P(sender_marks_table, a_mail_that_waits_is_given_up_as_the_table_says) {
  put_old(1, {"Una@Example.com"}, GetParam().by_hand);
  mark(GetParam());
  now += hour;
  start();
  if (GetParam().given_up) {
    EXPECT_EQ(relay->all, lines{});
    EXPECT_EQ(dead(), lines{"Una@Example.com"});
    EXPECT_TRUE(entry(1).settled());
    record::v1::AddressMark told;
    told.set_status(GetParam().status);
    EXPECT_EQ(entry(1).recipients(0).last_reply(),
              "not tried any more: " + partitions::why_kept_away(told));
    EXPECT_EQ(entry(1).recipients(0).attempts(), 0u);
    EXPECT_EQ(entry(1).recipients(0).settled_at(), to_millis(now));
  } else {
    EXPECT_EQ(relay->all, lines{"Una@Example.com"});
    EXPECT_EQ(dead(), lines{});
  }
}

INSTANTIATE_TEST_SUITE_P(address, sender_marks_table, testing::ValuesIn(table),
                         [](const auto& row) { return row.param.name; });

TEST_F(sender_marks, other_recipients_and_other_mails_go_out) {
  put_old(1, {gone, "bob@example.com"});
  put_old(2, {"cid@example.com"});
  mark({.name = "", .status = "5.1.1"});
  now += hour;
  start();
  EXPECT_EQ(relay->all, (lines{"bob@example.com", "cid@example.com"}));
  relay->answer();
  relay->answer();
  run();
  EXPECT_EQ(dead(), lines{gone});
  EXPECT_EQ(entry(1).recipients(1).state(), OutboxRecipient::SENT);
  EXPECT_TRUE(entry(1).settled());
  EXPECT_EQ(count(keys::kind::outbox_dead), 1u);
  EXPECT_EQ(count(keys::kind::outbox_due), 0u);
}

TEST_F(sender_marks, a_mail_that_was_deferred_is_given_up_at_its_next_turn) {
  put_old(1, {gone});
  start();
  relay->answer(refusal(451));
  run();
  EXPECT_EQ(relay->all.size(), 1u);
  caf::anon_send_exit(life, caf::exit_reason::kill);
  run();
  mark({.name = "", .status = "5.1.1", .after_mail = duration{10'000}});
  start();
  advance_minutes(2);
  EXPECT_EQ(relay->all.size(), 1u);
  EXPECT_EQ(dead(), lines{gone});
}

struct refusal_of_una {
  std::string name;
  std::string reply;
  bool of_recipient = true;
  bool marks = false;
};

void PrintTo(const refusal_of_una& row, std::ostream* to) {  // NOLINT: the name is gtest's
  *to << row.name;
}

const std::vector<refusal_of_una> refusals = {
    {.name = "no_such_mailbox", .reply = "5.1.1 nobody has this address", .marks = true},
    {.name = "for_what_the_mail_is", .reply = "5.7.1 we do not like you"},
    {.name = "without_a_code", .reply = "no"},
    {.name = "of_the_whole_mail", .reply = "5.1.1 nobody", .of_recipient = false},
};

struct sender_refusals : sender_marks, testing::WithParamInterface<refusal_of_una> {};

TEST_P(sender_refusals, mark_the_address_at_its_people_as_the_table_says) {
  mark({.name = "", .status = "4.4.1"});
  put(1, {"Una@example.com"});
  start();
  auto report = refusal(550);
  report.reply = GetParam().reply;
  report.of_recipient = GetParam().of_recipient;
  relay->answer(report);
  run();
  EXPECT_EQ(dead(), lines{"Una@example.com"});
  auto people = *engine->open("directory");
  record::v1::Person una;
  una.ParseFromString((*people->get(keys::person(person_id{1}))).value_or(""));
  EXPECT_EQ(una.marks_size(), GetParam().marks ? 1 : 0);
  if (!GetParam().marks) return;
  EXPECT_EQ(una.marks(0).address(), gone);
  EXPECT_EQ(una.marks(0).status(), "5.1.1");
  EXPECT_EQ(una.marks(0).diagnostic(), GetParam().reply);
}

INSTANTIATE_TEST_SUITE_P(refusal, sender_refusals, testing::ValuesIn(refusals),
                         [](const auto& row) { return row.param.name; });

TEST_F(sender_marks, what_was_just_written_asks_nobody) {
  put_old(1, {gone});
  mark({.name = "", .status = "5.1.1"});
  start();
  EXPECT_EQ(relay->all, lines{gone});
}

TEST_F(sender_marks, a_directory_that_does_not_answer_holds_no_mail_up_for_long) {
  std::vector<caf::response_promise> asked;
  directory_of_all =
      adopt(sys.spawn([&](directory_actor::pointer self) -> directory_actor::behavior_type {
        return {[](completion&) {},
                [](drain) {},
                [](resolve_request&) { return people_resolved{}; },
                [](sync_people&) { return done_message{}; },
                [](person_request&) { return person_changed{}; },
                [&asked, self](marks_request&) -> caf::result<marks_found> {
                  auto promise = self->make_response_promise<marks_found>();
                  asked.push_back(promise);
                  return promise;
                }};
      }));
  put_old(1, {gone});
  now += hour;
  start();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(relay->all, lines{});
  advance(duration{11'000}, duration{100});
  EXPECT_EQ(relay->all, lines{gone});
}

}  // namespace
}  // namespace postroom::actors::test
