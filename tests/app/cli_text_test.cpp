#include "app/cli_text.hpp"

#include <gtest/gtest.h>

namespace postroom::app {

TEST(printable, control_characters_never_pass) {
  for (int c = 0; c < 0x20; ++c) {
    const auto out = printable(std::string{"a"} + static_cast<char>(c) + "b");
    for (const char o : out) EXPECT_FALSE(static_cast<unsigned char>(o) < 0x20) << c;
  }
  EXPECT_EQ(printable("\x1b]0;evil\x07"), "\uFFFD]0;evil\uFFFD");
  EXPECT_EQ(printable("a\x7f"), "a\uFFFD");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "31m"),
            "a\uFFFD"
            "31m")
      << "U+009B is CSI";
}

TEST(printable, bytes_that_are_no_utf8_are_replaced_one_by_one) {
  EXPECT_EQ(printable("\x9B"
                      "31m"),
            "\uFFFD"
            "31m");
  EXPECT_EQ(printable("caf\xE9"), "caf\uFFFD");
  EXPECT_EQ(printable("\xC0\xAF"), "\uFFFD\uFFFD") << "overlong";
  EXPECT_EQ(printable("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "surrogate";
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "over U+10FFFF";
  EXPECT_EQ(printable("\xE2\x82"), "\uFFFD\uFFFD") << "cut off";
}

TEST(printable, characters_that_turn_or_hide_text_are_replaced) {
  EXPECT_EQ(printable("invoice\u202Efdp.exe"), "invoice\uFFFDfdp.exe");
  EXPECT_EQ(printable("a\u200Bb\uFEFF"), "a\uFFFDb\uFFFD");
  EXPECT_EQ(printable("a\u2066b\u2028c"), "a\uFFFDb\uFFFDc");
}

TEST(printable, ordinary_text_of_any_script_stays_as_it_is) {
  for (const auto* text : {"plain", "Grüße", "日本語", "العربية", "👍", "👩\u200D🔧", "e\u0301"})
    EXPECT_EQ(printable(text), text);
}

TEST(printable, piles_of_combining_marks_are_cut) {
  std::string zalgo = "z";
  for (int i = 0; i < 1000; ++i) zalgo += "\u0301";
  EXPECT_EQ(printable(zalgo).size(), 1u + 4 * 2);
}

TEST(printable, line_breaks_become_spaces_or_stay) {
  EXPECT_EQ(printable("a\r\nb\nc\td\re"), "a b c d e");
  EXPECT_EQ(printable_lines("a\r\nb\n\x1b[2J"), "a\nb\n\uFFFD[2J");
  EXPECT_EQ(printable_lines("over\rwritten"), "over written");
}

TEST(width_of, wide_characters_take_two_columns_and_combining_ones_none) {
  EXPECT_EQ(width_of("abc"), 3u);
  EXPECT_EQ(width_of("Grüße"), 5u);
  EXPECT_EQ(width_of("日本"), 4u);
  EXPECT_EQ(width_of("e\u0301"), 1u);
  EXPECT_EQ(width_of("👍"), 2u);
}

TEST(fit, cuts_with_an_ellipsis_and_never_through_a_character) {
  EXPECT_EQ(fit("abcdef", 6), "abcdef");
  EXPECT_EQ(fit("abcdefg", 6), "abcde…");
  EXPECT_EQ(fit("日本語", 6), "日本語");
  EXPECT_EQ(fit("日本語", 5), "日本…");
  EXPECT_EQ(fit("日本語", 4), "日…");
  EXPECT_EQ(fit("日本語", 1), "…");
  EXPECT_EQ(fit("abc", 0), "");
  for (std::size_t w = 1; w < 12; ++w) EXPECT_LE(width_of(fit("a日b本c語d", w)), w);
}

}  // namespace postroom::app
