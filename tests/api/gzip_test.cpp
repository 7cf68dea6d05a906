#include "api/gzip.hpp"

#include <gtest/gtest.h>

namespace postroom::api {

TEST(gzip, what_is_packed_comes_out_again) {
  for (const auto size : {0u, 1u, 1000u, 65536u, 1'000'000u}) {
    std::string text;
    for (unsigned i = 0; text.size() < size; ++i) text += std::to_string(i * 7919u);
    const auto back = gunzip(gzip(text), text.size());
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(*back, text);
  }
}

TEST(gzip, a_bomb_is_stopped_at_the_bound) {
  const auto bomb = gzip(std::string(50u << 20, '\0'));
  EXPECT_LT(bomb.size(), 300u << 10);
  EXPECT_EQ(gunzip(bomb, 1000).code(), ec::overloaded);
  EXPECT_EQ(gunzip(bomb, (50u << 20) - 1).code(), ec::overloaded);
  EXPECT_TRUE(gunzip(bomb, 50u << 20));
}

TEST(gzip, what_is_no_gzip_or_not_all_of_it_is_refused) {
  const auto good = gzip("hello hello hello");
  EXPECT_EQ(gunzip("hello", 100).code(), ec::config_invalid);
  EXPECT_EQ(gunzip("", 100).code(), ec::config_invalid);
  EXPECT_EQ(gunzip(good + "x", 100).code(), ec::config_invalid);
  EXPECT_EQ(gunzip(good + good, 100).code(), ec::config_invalid);
  for (std::size_t i = 0; i < good.size(); ++i)
    EXPECT_EQ(gunzip(good.substr(0, i), 100).code(), ec::config_invalid) << i;
}

TEST(gzip, is_accepted_exactly_when_it_is_named_without_a_weight_of_zero) {
  for (const auto* yes :
       {"gzip", "br, gzip", "GZIP;q=0.5", "gzip;q=0.001,br", "deflate , gzip ; q=1"})
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  for (const auto* no : {"", "br", "gzip;q=0", "gzip; q=0.000", "x-gzip", "gzipped", "identity,,"})
    EXPECT_FALSE(accepts_gzip(no)) << no;
}

}  // namespace postroom::api
