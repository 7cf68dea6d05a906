#include "access/sessions.hpp"

#include <gtest/gtest.h>

#include <set>

namespace postroom::access {
namespace {

struct session_fixture : testing::Test {
  sessions all;
  time_point at{duration{1'000'000'000}};
  std::optional<std::string> whose(const sessions::opened& s) {
    return all.principal_of(digest_of(s.secret), at);
  }
};
constexpr duration minute{60'000};

}  // namespace

TEST_F(session_fixture, a_session_ends_after_half_an_hour_without_use) {
  const auto s = all.open("ann", at, system_random);
  at += 29 * minute;
  EXPECT_EQ(whose(s), "ann");
  at += 29 * minute;
  EXPECT_EQ(whose(s), "ann") << "each use keeps it alive";
  at += 30 * minute;
  EXPECT_EQ(whose(s), std::nullopt);
  EXPECT_EQ(all.size(), 0u);
}

TEST_F(session_fixture, a_session_ends_after_twelve_hours_however_much_it_is_used) {
  const auto s = all.open("ann", at, system_random);
  for (int i = 0; i < 35; ++i) {
    at += 20 * minute;
    EXPECT_EQ(whose(s), "ann") << i;
  }
  at += 20 * minute;
  EXPECT_EQ(whose(s), std::nullopt);
  EXPECT_EQ(s.expires_at, at);
}

TEST_F(session_fixture, secrets_are_256_random_bits_and_only_digests_are_kept) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(make_secret("prs_", system_random));
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(seen.begin()->size(), 4u + 64u);
  const auto s = all.open("ann", at, system_random);
  EXPECT_EQ(all.principal_of(s.secret, at), std::nullopt);
}

TEST_F(session_fixture, one_principal_cannot_take_the_room_of_others) {
  const auto bob = all.open("bob", at, system_random);
  const auto first = all.open("ann", at, system_random);
  at += minute;
  for (int i = 0; i < 100; ++i) all.open("ann", at, system_random);
  EXPECT_EQ(all.size(), 17u);
  EXPECT_EQ(whose(first), std::nullopt);
  EXPECT_EQ(whose(bob), "bob");
}

TEST_F(session_fixture, closing_all_of_one_principal_can_leave_one_and_leaves_others) {
  const auto a = all.open("ann", at, system_random);
  const auto b = all.open("ann", at, system_random);
  const auto c = all.open("bob", at, system_random);
  all.close_all("ann", digest_of(b.secret));
  EXPECT_EQ(whose(a), std::nullopt);
  EXPECT_EQ(whose(b), "ann");
  all.close(digest_of(b.secret));
  EXPECT_EQ(whose(b), std::nullopt);
  EXPECT_EQ(whose(c), "bob");
}

}  // namespace postroom::access
