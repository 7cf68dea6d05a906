#include "partitions/text.hpp"

#include <gtest/gtest.h>

using namespace postroom::partitions;

TEST(text, one_line_turns_each_run_of_controls_into_one_blank) {
  EXPECT_EQ(text::one_line("  a\r\nb\t\tc\x7f "), "a b c");
  EXPECT_EQ(text::one_line("a  b"), "a  b") << "blanks that people wrote stay";
  EXPECT_EQ(text::one_line("\r\n"), "");
}

TEST(text, shorten_never_cuts_inside_a_character) {
  EXPECT_EQ(text::shorten("abc", 3), "abc");
  EXPECT_EQ(text::shorten("abcdef", 5), "ab…");
  EXPECT_EQ(text::shorten("üüü", 5), "ü…");
  EXPECT_EQ(text::shorten("üüü", 4), "…");
  EXPECT_EQ(text::shorten("abc", 2), "");
}

TEST(text, length_counts_characters_not_bytes) {
  EXPECT_EQ(text::length("Größe"), 5u);
  EXPECT_EQ(text::length("日本語"), 3u);
  EXPECT_EQ(text::length(""), 0u);
}

TEST(text, control_characters_are_found_in_every_disguise) {
  for (const char* s :
       {"a\nb", "a\x01", "\x7f", "a\xC2\x85z", "x\xE2\x80\xAEy", "x\xE2\x80\xA8", "\xE2\x81\xA6"}) {
    EXPECT_TRUE(text::has_control_characters(s)) << s;
  }
  for (const char* s : {"", "Höchste Priorität", "日本語", "€ 5 – ok", "\xC2", "\xE2\x80"}) {
    EXPECT_FALSE(text::has_control_characters(s)) << s;
  }
}

TEST(text, visible_shows_a_mark_for_each_control_character) {
  EXPECT_EQ(text::visible("a\r\nb\xE2\x80\xAE\xC2\x85"
                          "c"),
            "a??b??c");
  EXPECT_EQ(text::visible("Größe €"), "Größe €");
}
