#include "partitions/call_change.hpp"

#include <gtest/gtest.h>

using namespace postroom;
using namespace postroom::partitions;
using record::v1::CallUpdate;

namespace {

const time_point now = from_millis(1'800'000'000'000);

record::v1::Call open_call() {
  record::v1::Call call;
  call.set_number(7);
  call.set_group("First line");
  call.set_updates(4);
  return call;
}

call_change wish() {
  call_change out;
  out.who = "olga";
  out.reason = "asked by phone";
  return out;
}

}  // namespace

TEST(call_change, closing_tells_who_why_and_when_and_is_the_newest_update) {
  auto call = open_call();
  auto wanted = wish();
  wanted.state = record::v1::CLOSED;
  wanted.text = "It prints again.";
  const auto update = change_call(call, wanted, now);
  ASSERT_TRUE(update);
  EXPECT_EQ(call.state(), record::v1::CLOSED);
  EXPECT_EQ(call.closed_at(), to_millis(now));
  EXPECT_EQ(call.updated_at(), to_millis(now));
  EXPECT_EQ(call.updates(), 5u);
  EXPECT_EQ(update->kind(), CallUpdate::CHANGE);
  EXPECT_EQ(update->call(), 7u);
  EXPECT_EQ(update->sequence(), 5u);
  EXPECT_EQ(update->at(), to_millis(now));
  EXPECT_EQ(update->who(), "olga");
  EXPECT_EQ(update->reason(), "asked by phone");
  EXPECT_EQ(update->text(), "It prints again.");
  ASSERT_EQ(update->changed_size(), 1);
  EXPECT_EQ(update->changed(0), "state: OPEN -> CLOSED");
}

TEST(call_change, reopening_forgets_when_it_was_closed) {
  auto call = open_call();
  call.set_state(record::v1::CLOSED);
  call.set_closed_at(1);
  auto wanted = wish();
  wanted.state = record::v1::OPEN;
  ASSERT_TRUE(change_call(call, wanted, now));
  EXPECT_EQ(call.state(), record::v1::OPEN);
  EXPECT_EQ(call.closed_at(), 0);
}

TEST(call_change, state_and_group_change_in_one_update) {
  auto call = open_call();
  call.clear_group();
  auto wanted = wish();
  wanted.state = record::v1::CLOSED;
  wanted.group = "Network";
  const auto update = change_call(call, wanted, now);
  ASSERT_TRUE(update);
  EXPECT_EQ(call.group(), "Network");
  ASSERT_EQ(update->changed_size(), 2);
  EXPECT_EQ(update->changed(1), "group: none -> Network");
}

TEST(call_change, what_is_so_already_changes_nothing) {
  auto call = open_call();
  const auto before = call.SerializeAsString();
  auto wanted = wish();
  wanted.state = record::v1::OPEN;
  wanted.group = "First line";
  EXPECT_FALSE(change_call(call, wanted, now));
  EXPECT_EQ(call.SerializeAsString(), before);
}

TEST(call_change, a_text_alone_is_an_update) {
  auto call = open_call();
  auto wanted = wish();
  wanted.text = "Waits for a part.";
  const auto update = change_call(call, wanted, now);
  ASSERT_TRUE(update);
  EXPECT_TRUE(update->changed().empty());
  EXPECT_EQ(call.state(), record::v1::OPEN);
}
