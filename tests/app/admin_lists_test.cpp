#include "app/admin_reads.hpp"

#include "tests/app/stores.hpp"

namespace postroom::app {
namespace {

using record::v1::OutboxRecipient;

struct admin_lists : testing::Test, two_partitions {};

std::string names(const admin::v1::ListCallsResponse& list) {
  std::string out;
  for (const auto& c : list.calls()) out += c.partition() + std::to_string(c.number()) + " ";
  return out;
}

}  // namespace

TEST_F(admin_lists, calls_of_all_partitions_come_newest_first) {
  it.call(1, 100);
  it.call(2, 300);
  hr.call(1, 200);
  hr.call(2, 400);
  const auto list = list_calls(units, {});
  ASSERT_TRUE(list);
  EXPECT_EQ(names(*list), "HR2 IT2 HR1 IT1 ");
  EXPECT_TRUE(list->next_page_token().empty());
  EXPECT_EQ(list->calls(0).text(), "") << "lists leave the texts out";
}

TEST_F(admin_lists, pages_follow_each_other_without_gap_or_repetition_while_calls_arrive) {
  for (uint64_t i = 1; i <= 100; ++i) {
    it.call(i, static_cast<int64_t>(10 * i));
    if (i <= 30) hr.call(i, static_cast<int64_t>(25 * i + 3));
  }
  admin::v1::ListCallsRequest request;
  request.set_page_size(7);
  std::map<std::string, int> seen;
  int64_t last = std::numeric_limits<int64_t>::max();
  int pages = 0;
  do {
    const auto list = list_calls(units, request);
    ASSERT_TRUE(list);
    EXPECT_LE(list->calls_size(), 7);
    for (const auto& c : list->calls()) {
      EXPECT_LE(c.created_at(), last);
      last = c.created_at();
      ++seen[c.partition() + std::to_string(c.number())];
    }
    request.set_page_token(list->next_page_token());
    it.call(1000 + static_cast<uint64_t>(pages), 5000 + pages);
    ASSERT_LT(++pages, 50);
  } while (!request.page_token().empty());
  EXPECT_EQ(seen.size(), 130u);
  for (const auto& [name, times] : seen) EXPECT_EQ(times, 1) << name;
}

TEST_F(admin_lists, numbers_may_have_gaps_of_any_width) {
  std::string all;
  for (const uint64_t number : {1u, 2u, 70u, 71u, 5'000u, 2'000'000'000u}) {
    it.call(number, static_cast<int64_t>(number));
    all.insert(0, "IT" + std::to_string(number) + " ");
  }
  const auto list = list_calls(units, {});
  ASSERT_TRUE(list);
  EXPECT_EQ(names(*list), all);
  EXPECT_TRUE(list->next_page_token().empty());
}

TEST_F(admin_lists, large_calls_are_all_listed_in_order) {
  std::string all;
  for (uint64_t number = 1; number <= 40; ++number) {
    it.call(number, static_cast<int64_t>(number), std::string(200'000, 's'));
    all.insert(0, "IT" + std::to_string(number) + " ");
  }
  const auto list = list_calls(units, {});
  ASSERT_TRUE(list);
  EXPECT_EQ(names(*list), all);
}

TEST_F(admin_lists, a_page_that_ends_with_the_last_call_names_no_next_one) {
  it.call(1, 1);
  it.call(2, 2);
  admin::v1::ListCallsRequest request;
  request.set_page_size(2);
  EXPECT_EQ(list_calls(units, request)->next_page_token(), "");
  request.set_page_size(1);
  EXPECT_NE(list_calls(units, request)->next_page_token(), "");
}

TEST_F(admin_lists, a_page_has_fifty_calls_unless_asked_and_never_more_than_a_thousand) {
  for (uint64_t i = 1; i <= 1100; ++i) it.call(i, static_cast<int64_t>(i));
  EXPECT_EQ(list_calls(units, {})->calls_size(), 50);
  admin::v1::ListCallsRequest request;
  request.set_page_size(4'000'000'000u);
  EXPECT_EQ(list_calls(units, request)->calls_size(), 1000);
}

TEST_F(admin_lists, calls_can_be_those_of_one_partition) {
  it.call(1, 1);
  hr.call(1, 2);
  admin::v1::ListCallsRequest request;
  request.set_partition("IT");
  EXPECT_EQ(names(*list_calls(units, request)), "IT1 ");
  request.set_partition("XX");
  const auto none = list_calls(units, request);
  ASSERT_EQ(none.code(), ec::not_found);
  EXPECT_EQ(none.error().detail, "partition XX is not open; open are: HR, IT");
}

TEST_F(admin_lists, a_token_we_did_not_give_is_refused) {
  for (const auto* token :
       {"x", "1:IT", "1:IT=", "1:IT=a", "1:IT=1;", "2:IT=1", "1:IT=99999999999999999999999"}) {
    admin::v1::ListCallsRequest request;
    request.set_page_token(token);
    EXPECT_EQ(list_calls(units, request).code(), ec::config_invalid) << token;
  }
}

TEST_F(admin_lists, a_call_that_does_not_parse_does_not_hide_the_others) {
  it.call(1, 1);
  it.put(storage::keys::call(call_number{2}), "\xff\xff\xff");
  it.call(3, 3);
  EXPECT_EQ(names(*list_calls(units, {})), "IT3 IT1 ");
  admin::v1::GetCallRequest request;
  request.set_call("IT-2");
  EXPECT_EQ(get_call(units, request).code(), ec::corrupt_record);
}

TEST_F(admin_lists, the_quarantine_of_all_partitions_comes_newest_first) {
  it.quarantine(10, 100);
  hr.quarantine(3, 200);
  const auto list = list_quarantine(units, {});
  ASSERT_TRUE(list);
  ASSERT_EQ(list->items_size(), 2);
  EXPECT_EQ(list->items(0).partition(), "HR");
  EXPECT_EQ(list->items(1).entry().mail(), 10u);
}

TEST_F(admin_lists, the_outbox_shows_what_is_not_sent_unless_asked_for_more_or_less) {
  it.outbox(1, 10, 1, OutboxRecipient::SENT);
  it.outbox(2, 20, 2, OutboxRecipient::PENDING);
  it.outbox(3, 30, 3, OutboxRecipient::DEAD);
  const auto ids = [&](bool dead, bool all) {
    admin::v1::ListOutboxRequest request;
    request.set_dead_only(dead);
    request.set_include_sent(all);
    const auto list = list_outbox(units, request);
    std::string out;
    for (const auto& item : list->items()) {
      EXPECT_EQ(item.entry().text() + item.entry().html(), "") << "lists leave the texts out";
      out += std::to_string(item.entry().id());
    }
    return out;
  };
  EXPECT_EQ(ids(false, false), "32");
  EXPECT_EQ(ids(true, false), "3");
  EXPECT_EQ(ids(false, true), "321");
}

TEST_F(admin_lists,
       a_mail_that_went_to_some_and_not_to_others_is_shown_as_long_as_one_did_not_get_it) {
  record::v1::OutboxEntry e;
  e.set_id(1);
  e.set_settled(true);
  e.add_recipients()->set_state(OutboxRecipient::SENT);
  e.add_recipients()->set_state(OutboxRecipient::DEAD);
  it.put(storage::keys::outbox(1), e.SerializeAsString());
  it.cancelled(2, 20, 2);
  const auto list = list_outbox(units, {});
  ASSERT_TRUE(list);
  ASSERT_EQ(list->items_size(), 2);
  EXPECT_EQ(list->items(0).entry().id(), 2u);
  EXPECT_EQ(list->items(1).entry().recipients_size(), 2);
}

TEST_F(admin_lists, a_mail_that_does_not_parse_does_not_hide_the_others) {
  it.outbox(1, 10, 1, OutboxRecipient::PENDING);
  it.put(storage::keys::outbox(2), "\x52\x7fno recipient");
  const auto list = list_outbox(units, {});
  ASSERT_TRUE(list);
  ASSERT_EQ(list->items_size(), 1);
  EXPECT_EQ(list->items(0).entry().id(), 1u);
}

TEST_F(admin_lists, a_filter_that_passes_over_many_still_answers_in_bounded_steps) {
  it.outbox(1, 1, 1, OutboxRecipient::PENDING);
  for (uint64_t id = 2; id <= 2'100; ++id)
    it.outbox(id, static_cast<int64_t>(id), id, OutboxRecipient::SENT);
  admin::v1::ListOutboxRequest request;
  const auto first = list_outbox(units, request);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->items_size(), 0);
  ASSERT_NE(first->next_page_token(), "");
  request.set_page_token(first->next_page_token());
  const auto second = list_outbox(units, request);
  ASSERT_EQ(second->items_size(), 1);
  EXPECT_EQ(second->items(0).entry().id(), 1u);
}

}  // namespace postroom::app
