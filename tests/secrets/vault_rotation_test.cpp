#include <stdexcept>

#include "tests/secrets/vault_fixture.hpp"

namespace postroom::secrets {
namespace {

constexpr int many = 250;  // more than two commits' worth

struct rotation_test : test::vault_fixture {
  static place nth(int i) { return {i % 2 == 0 ? "IT" : "HR", "s" + std::to_string(i)}; }
  static std::string value_of(int i) { return "value " + std::to_string(i); }
  void put_many() {
    for (int i = 0; i < many; ++i) put(nth(i), value_of(i));
  }
  void expect_all_there() {
    for (int i = 0; i < many; ++i) ASSERT_EQ(reveal(nth(i)), value_of(i)) << i;
  }
};

}  // namespace

TEST_F(rotation_test, afterwards_the_old_key_is_no_longer_needed) {
  start("a");
  put_many();
  start("ba");
  const auto done = life->rotate(by);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->rewrapped, static_cast<uint64_t>(many));
  EXPECT_EQ(done->untouched, 0u);
  EXPECT_TRUE(done->failed.empty());
  expect_all_there();
  start("b");
  expect_all_there();
}

TEST_F(rotation_test, asked_for_again_it_has_nothing_to_do_and_leaves_no_trace) {
  start("a");
  put_many();
  start("ba");
  ASSERT_TRUE(life->rotate(by));
  const auto entries = trail().size();
  const auto again = life->rotate(by);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->rewrapped, 0u);
  EXPECT_EQ(again->untouched, static_cast<uint64_t>(many));
  EXPECT_EQ(trail().size(), entries);
}

#ifdef POSTROOM_INJECTION
TEST_F(rotation_test, a_crash_at_any_commit_loses_nothing_and_the_next_rotation_goes_on) {
  start("a");
  put_many();
  for (const auto* point :
       {"secrets.rotate.before_commit=throw@2", "secrets.rotate.after_commit=throw@1"}) {
    start("ba");
    inject_arm(point);
    EXPECT_THROW((void)life->rotate(by), std::runtime_error);
    inject_arm("");
    start("ba");
    expect_all_there();
    start("a");
    int locked = 0;
    for (int i = 0; i < many; ++i) locked += reveal(nth(i)) == "config_invalid" ? 1 : 0;
    EXPECT_GT(locked, 0) << "some were under the new key already";
    EXPECT_LT(locked, many) << "and some under the old one";
    start("ba");
  }
  const auto done = life->rotate(by);
  ASSERT_TRUE(done);
  EXPECT_GT(done->rewrapped, 0u);
  EXPECT_EQ(done->rewrapped + done->untouched, static_cast<uint64_t>(many));
  start("b");
  expect_all_there();
  EXPECT_FALSE(storage::audit::verify(storage::secrets_unit, *store)->damaged);
}
#endif

TEST_F(rotation_test, what_cannot_be_read_is_named_and_does_not_hold_up_the_rest) {
  start("c");
  put({"IT", "lost"}, "x");
  start("a");
  put_many();
  start("ba");
  const auto done = life->rotate(by);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->rewrapped, static_cast<uint64_t>(many));
  ASSERT_EQ(done->failed.size(), 1u);
  EXPECT_TRUE(done->failed[0].starts_with("IT/lost: ")) << done->failed[0];
}

TEST_F(rotation_test, servers_that_use_a_secret_need_not_start_anew_for_it) {
  start("a");
  put(nth(0), "x");
  start("ba");
  const auto before = life->revision(nth(0));
  ASSERT_TRUE(life->rotate(by));
  EXPECT_EQ(life->revision(nth(0)), before);
}

TEST_F(rotation_test, it_is_in_the_audit_once_a_commit) {
  start("a");
  put_many();
  start("ba");
  ASSERT_TRUE(life->rotate(by));
  const auto got = trail();
  ASSERT_EQ(got.size(), static_cast<std::size_t>(many) + 3);
  EXPECT_EQ(got.back().what(), "secret keys rotated");
  EXPECT_EQ(got.back().detail(), "50 secrets");
  EXPECT_EQ(got.back().partition(), "");
  EXPECT_EQ(got.back().who(), "olga");
}

}  // namespace postroom::secrets
