#include "app/call_filter.hpp"

#include <set>

#include "app/admin_reads.hpp"
#include "tests/app/stores.hpp"

namespace postroom::app {
namespace {

using admin::v1::ListCallsRequest;
using record::v1::Call;

struct call_filter : testing::Test, two_partitions {
  static Call made(uint64_t number, int64_t at) {
    Call c;
    c.set_number(number);
    c.set_partition("IT");
    c.set_created_at(at);
    c.set_subject("Rückfrage zum Drucker");
    c.set_priority("P1");
    c.set_status("Incident");
    c.set_group("First line");
    c.mutable_user()->set_name("Ann Lee");
    c.mutable_user()->set_address("Ann@example.org");
    c.mutable_logging_analyst()->set_name("Bob Desk");
    c.mutable_logging_analyst()->set_address("bob@example.org");
    c.mutable_key()->set_mailbox("it-inbox");
    c.add_tags("VIP");
    c.add_tags("from Köln");
    return c;
  }
  void stored(const Call& c) {
    it.put(storage::keys::call(call_number{c.number()}), c.SerializeAsString());
  }
  static bool wants(const ListCallsRequest& request) {
    const auto wanted = wanted_calls(request);
    EXPECT_TRUE(wanted);
    return wanted && (*wanted)(made(1, 1));
  }
  std::string numbers(const ListCallsRequest& request) const {
    const auto list = list_calls(units, request);
    if (!list) return list.error().text();
    std::string out;
    for (const auto& c : list->calls()) out += std::to_string(c.number()) + " ";
    return out;
  }
};

struct text_case {
  const char* field;
  const char* fits;
  const char* fits_not;
};

void set(ListCallsRequest& request, const char* field, const char* value) {
  const auto* f = request.GetDescriptor()->FindFieldByName(field);
  ASSERT_TRUE(f) << field;
  request.GetReflection()->SetString(&request, f, value);
}

}  // namespace

TEST_F(call_filter, wants_all_when_nothing_is_asked) {
  const auto wanted = wanted_calls({});
  ASSERT_TRUE(wanted);
  EXPECT_FALSE(*wanted);
}

TEST_F(call_filter, each_text_is_compared_in_any_case_and_only_some_in_part) {
  for (const auto& [field, fits, fits_not] :
       {text_case{"subject", "RÜCKFRAGE", "ruckfrage"}, text_case{"user", "ann@EXAMPLE", "bob@"},
        text_case{"user", "lee", "desk"}, text_case{"analyst", "bob@example.org", "ann"},
        text_case{"priority", "p1", "P"}, text_case{"status", "incident", "Inc"},
        text_case{"group", "first LINE", "first"}, text_case{"server", "it-inbox", "it"},
        text_case{"tag", "vip", "vi"}, text_case{"tag", "From KÖLN", "Köln"},
        text_case{"state", "Open", "closed"}}) {
    ListCallsRequest yes, no;
    set(yes, field, fits);
    set(no, field, fits_not);
    EXPECT_TRUE(wants(yes)) << field << " " << fits;
    EXPECT_FALSE(wants(no)) << field << " " << fits_not;
  }
}

TEST_F(call_filter, all_that_is_asked_must_hold) {
  ListCallsRequest request;
  request.set_user("ann");
  request.set_priority("P1");
  EXPECT_TRUE(wants(request));
  request.set_priority("P2");
  EXPECT_FALSE(wants(request));
}

TEST_F(call_filter, since_is_wanted_and_until_is_not) {
  for (uint64_t i = 1; i <= 5; ++i) stored(made(i, static_cast<int64_t>(i) * 100));
  ListCallsRequest request;
  request.set_since(200);
  request.set_until(400);
  EXPECT_EQ(numbers(request), "3 2 ");
}

TEST_F(call_filter, a_call_behind_a_clock_that_was_set_back_is_still_found) {
  constexpr int64_t hour = 3'600'000;
  stored(made(1, 10 * hour));
  stored(made(2, 10 * hour - hour / 2));  // the clock was half an hour fast before
  ListCallsRequest request;
  request.set_since(10 * hour);
  EXPECT_EQ(numbers(request), "1 ");
}

TEST_F(call_filter, since_ends_the_list_without_walking_everything) {
  constexpr int64_t day = 86'400'000;
  for (uint64_t i = 1; i <= 10; ++i) stored(made(i, static_cast<int64_t>(i) * day));
  ListCallsRequest request;
  request.set_since(8 * day);
  request.set_page_size(3);
  const auto list = list_calls(units, request);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->calls_size(), 3);
  EXPECT_EQ(list->next_page_token(), "") << "the next one is too old already";
}

TEST_F(call_filter, pages_of_filtered_calls_follow_each_other_without_gap) {
  for (uint64_t i = 1; i <= 60; ++i) {
    auto c = made(i, static_cast<int64_t>(i));
    c.set_status(i % 3 == 0 ? "Request" : "Incident");
    stored(c);
  }
  ListCallsRequest request;
  request.set_status("request");
  request.set_page_size(7);
  int found = 0, pages = 0;
  do {
    const auto list = list_calls(units, request);
    ASSERT_TRUE(list);
    found += list->calls_size();
    request.set_page_token(list->next_page_token());
    ASSERT_LT(++pages, 10);
  } while (!request.page_token().empty());
  EXPECT_EQ(found, 20);
}

TEST_F(call_filter, open_calls_are_told_from_closed_ones) {
  for (uint64_t i = 1; i <= 4; ++i) {
    auto c = made(i, static_cast<int64_t>(i));
    if (i % 2 == 0) c.set_state(record::v1::CLOSED);
    stored(c);
  }
  ListCallsRequest request;
  request.set_state("open");
  EXPECT_EQ(numbers(request), "3 1 ");
  request.set_state("CLOSED");
  EXPECT_EQ(numbers(request), "4 2 ");
}

TEST_F(call_filter, a_value_that_no_call_can_have_is_refused_with_its_field_and_the_remedy) {
  stored(made(1, 1));
  ListCallsRequest request;
  request.set_state("resolved");
  EXPECT_EQ(list_calls(units, request).code(), ec::config_invalid);
  EXPECT_NE(
      numbers(request).find("state: \"resolved\" is no state of a call; write open or closed"),
      std::string::npos)
      << numbers(request);
  for (const auto& tag : {std::string(51, 'x'), std::string{" VIP"}, std::string{"V\nP"}}) {
    ListCallsRequest tagged;
    tagged.set_tag(tag);
    EXPECT_EQ(list_calls(units, tagged).code(), ec::config_invalid) << tag;
    EXPECT_NE(numbers(tagged).find("at most 50 characters in one line"), std::string::npos);
  }
}

TEST_F(call_filter, pages_of_tagged_open_calls_follow_each_other_without_gap_in_all_partitions) {
  for (uint64_t i = 1; i <= 90; ++i) {
    auto c = made(i, static_cast<int64_t>(i));
    if (i % 3 == 0) c.clear_tags();
    if (i % 2 == 0) c.set_state(record::v1::CLOSED);
    stored(c);
    c.set_partition("HR");
    hr.put(storage::keys::call(call_number{i}), c.SerializeAsString());
  }
  ListCallsRequest request;
  request.set_tag("vip");
  request.set_state("open");
  request.set_page_size(7);
  std::set<std::string> found;
  int rows = 0, pages = 0;
  do {
    const auto list = list_calls(units, request);
    ASSERT_TRUE(list);
    rows += list->calls_size();
    for (const auto& c : list->calls()) found.insert(c.partition() + std::to_string(c.number()));
    request.set_page_token(list->next_page_token());
    ASSERT_LT(++pages, 12);
  } while (!request.page_token().empty());
  EXPECT_EQ(rows, 60);
  EXPECT_EQ(found.size(), 60u) << "none twice";
}

}  // namespace postroom::app
