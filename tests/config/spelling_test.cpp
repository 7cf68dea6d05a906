#include "config/spelling.hpp"

#include <gtest/gtest.h>

using postroom::config::suggest;

TEST(suggest, finds_the_word_that_was_meant) {
  const std::vector<std::string> known{"password", "port", "protocol", "poll_interval"};
  EXPECT_EQ(suggest("pasword", known), "did you mean `password`?");
  EXPECT_EQ(suggest("Port", known), "did you mean `port`?");
  EXPECT_EQ(suggest("poll-interval", known), "did you mean `poll_interval`?");
  EXPECT_EQ(suggest("prot", known), "did you mean `port`?");
  EXPECT_EQ(suggest("potr", {"other", "port"}), "did you mean `port`?");
  EXPECT_EQ(suggest("pt", {"port"}), "use one of: port") << "half of the word is too much to guess";
}

TEST(suggest, lists_all_words_when_none_is_near) {
  EXPECT_EQ(suggest("x", {"port", "host"}), "use one of: port, host");
  EXPECT_EQ(suggest(std::string(1'000'000, 'p'), {"port"}), "use one of: port");
}
