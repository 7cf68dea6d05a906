#include "app/record_strip.hpp"

#include <gtest/gtest.h>

#include "postroom/record/v1/record.pb.h"

namespace postroom::app {
namespace {

using record::v1::Call;

Call a_call() {
  Call c;
  c.set_number(7);
  c.set_subject("s");
  c.set_text(std::string(1000, 't'));
  c.mutable_user()->set_name("Ann");
  return c;
}

}  // namespace

TEST(record_strip, the_named_fields_go_and_all_others_stay) {
  auto wanted = a_call();
  const auto whole = wanted.SerializeAsString();
  EXPECT_EQ(without_fields(whole, {}), whole);
  EXPECT_EQ(without_fields(whole, {99}), whole);
  wanted.clear_text();
  EXPECT_EQ(without_fields(whole, {Call::kTextFieldNumber}), wanted.SerializeAsString());
  wanted.clear_user();
  wanted.clear_number();
  EXPECT_EQ(without_fields(whole, {Call::kTextFieldNumber, Call::kUserFieldNumber, 1}),
            wanted.SerializeAsString());
  EXPECT_EQ(without_fields("", {1}), "");
}

TEST(record_strip, each_occurrence_of_a_field_goes) {
  const auto twice = a_call().SerializeAsString() + a_call().SerializeAsString();
  auto wanted = a_call();
  wanted.clear_text();
  const auto once = wanted.SerializeAsString();
  EXPECT_EQ(without_fields(twice, {Call::kTextFieldNumber}), once + once);
}

TEST(record_strip, what_is_cut_off_stays_as_it_is) {
  const auto whole = a_call().SerializeAsString();
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    const auto cut = whole.substr(0, size);
    const auto got = without_fields(cut, {Call::kTextFieldNumber});
    Call parsed;
    EXPECT_EQ(parsed.ParseFromString(got), parsed.ParseFromString(cut)) << size;
  }
}

}  // namespace postroom::app
