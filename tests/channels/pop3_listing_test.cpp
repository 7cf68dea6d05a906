#include "channels/pop3_listing.hpp"

#include <gtest/gtest.h>

namespace postroom::channels {
namespace {

pop3_listing listing_of(uint64_t expected, std::initializer_list<const char*> list,
                        std::initializer_list<const char*> uidl) {
  pop3_listing out(expected);
  for (auto* line : list) EXPECT_TRUE(out.add_size(line));
  for (auto* line : uidl) EXPECT_TRUE(out.add_uidl(line));
  EXPECT_TRUE(out.finish());
  return out;
}

listed_mail mail(uint64_t number, const char* uidl, uint64_t size) {
  return {number, uidl, size, {}};
}

TEST(pop3_listing, joins_numbers_sizes_and_ids_in_ascending_order) {
  auto all = listing_of(3, {"2 20", "1 10", "3 30 octets"}, {"3 c", "1 a", "2 b"});
  EXPECT_EQ(all.after(0, 10), (std::vector{mail(1, "a", 10), mail(2, "b", 20), mail(3, "c", 30)}));
  EXPECT_EQ(all.after(1, 1), std::vector{mail(2, "b", 20)});
  EXPECT_TRUE(all.after(3, 10).empty());
}

TEST(pop3_listing, finds_a_mail_of_an_earlier_session_by_its_id_not_its_number) {
  auto all = listing_of(2, {"1 10", "2 20"}, {"1 b", "2 c"});
  EXPECT_EQ(all.number_of(mail(2, "b", 10)), 1u);
  EXPECT_EQ(all.number_of(mail(1, "a", 10)), std::nullopt);
}

TEST(pop3_listing, tells_identical_copies_with_one_id_apart) {
  auto all = listing_of(3, {"1 5", "2 5", "3 5"}, {"1 x", "2 x", "3 x"});
  EXPECT_EQ(all.after(0, 9), (std::vector{mail(1, "x", 5), mail(2, "x 2", 5), mail(3, "x 3", 5)}));
  EXPECT_EQ(all.number_of(mail(0, "x 2", 5)), 2u);
}

TEST(pop3_listing, counts_a_mail_without_a_size_as_large_as_it_may_be) {
  pop3_listing all(3, 5'000);
  EXPECT_TRUE(all.add_size("2 0"));
  EXPECT_TRUE(all.add_uidl("1 a"));
  EXPECT_TRUE(all.add_uidl("2 b"));
  EXPECT_TRUE(all.finish());
  EXPECT_EQ(all.after(0, 9),
            (std::vector<listed_mail>{{1, "a", 5'000, {}, true}, mail(2, "b", 0)}));
  EXPECT_EQ(all.size_of(1), std::nullopt);
  EXPECT_EQ(all.size_of(2), 0u) << "said is said";
  EXPECT_EQ(all.size_of(3), std::nullopt);
}

TEST(pop3_listing, refuses_lines_that_lie) {
  pop3_listing all(2);
  for (const char* bad : {"", "1", "x 1", "0 10", "1 x"})
    EXPECT_EQ(all.add_size(bad).code(), ec::protocol_violation) << bad;
  for (const char* bad : {"", "1", "1 ", "0 a", "x a", "1 a b", "1 a\tb"})
    EXPECT_EQ(all.add_uidl(bad).code(), ec::protocol_violation) << bad;
  EXPECT_EQ(all.add_uidl("1 " + std::string(513, 'x')).code(), ec::protocol_violation);
}

TEST(pop3_listing, refuses_a_number_that_comes_twice) {
  pop3_listing all(2);
  EXPECT_TRUE(all.add_size("1 10"));
  EXPECT_EQ(all.add_size("1 10").code(), ec::protocol_violation);
  EXPECT_TRUE(all.add_uidl("1 a"));
  EXPECT_EQ(all.add_uidl("1 b").code(), ec::protocol_violation);
}

TEST(pop3_listing, ends_a_listing_that_outgrows_what_stat_counted) {
  pop3_listing all(2);
  EXPECT_TRUE(all.add_uidl("1 a"));
  EXPECT_TRUE(all.add_uidl("7 b"));
  EXPECT_EQ(all.add_uidl("8 c").code(), ec::protocol_violation);
}

TEST(pop3_listing, bounds_the_memory_of_all_ids) {
  pop3_listing listing(1'000'000);
  result<void> added;
  uint64_t n = 0;
  while (added && n < 1'000'000)
    added = listing.add_uidl(std::to_string(++n) + " " + std::string(512, 'x'));
  EXPECT_EQ(added.code(), ec::unsupported);
  EXPECT_EQ(n, (64u << 20) / 512 + 1);
}

TEST(pop3_listing, refuses_a_mail_without_identity) {
  pop3_listing all(2);
  EXPECT_TRUE(all.add_size("1 10"));
  EXPECT_TRUE(all.add_size("2 20"));
  EXPECT_TRUE(all.add_uidl("1 a"));
  EXPECT_EQ(all.finish().code(), ec::protocol_violation);
}

}  // namespace
}  // namespace postroom::channels
