#include "mail/charset.hpp"

#include <gtest/gtest.h>

#include "mail/utf8.hpp"

using namespace postroom::mail;

TEST(utf8, valid_means_as_rfc_3629_has_it) {
  for (std::string good :
       {"", "plain", "ä", "€", "𝄞", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF", "12345678ä"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (std::string bad :
       {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "12345678\xE4", "\xE2\x82"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(utf8, a_prefix_cuts_no_character) {
  EXPECT_EQ(utf8_prefix("aä€", 6), "aä€");
  EXPECT_EQ(utf8_prefix("aä€", 5), "aä");
  EXPECT_EQ(utf8_prefix("aä€", 3), "aä");
  EXPECT_EQ(utf8_prefix("aä€", 2), "a");
  EXPECT_EQ(utf8_prefix("€", 2), "");
}

TEST(utf8, code_points_round_trip_and_none_gives_the_replacement) {
  for (char32_t code : {U'a', U'ä', U'€', U'𝄞'}) {
    std::string out;
    append_utf8(out, code);
    EXPECT_EQ(first_code(out), code);
  }
  for (char32_t code : {char32_t{0xD800}, char32_t{0x110000}}) {
    std::string out;
    append_utf8(out, code);
    EXPECT_EQ(out, "\xEF\xBF\xBD");
  }
}

TEST(charset, bytes_are_read_as_named_or_else_guessed) {
  struct row {
    std::string bytes, charset, text;
  };
  const row rows[] = {
      {"a\xE4", "iso-8859-1", "aä"},
      {"\x80 5", "ISO-8859-1", "€ 5"},
      {"a\xA4", "iso-8859-15", "a€"},
      {"\xCF\xF0\xE8", "windows-1251", "При"},
      {"\xF0\xD2\xC9", "KOI8-R", "При"},
      {"\x1B$B$\"\x1B(B", "iso-2022-jp", "あ"},
      {"\x82\xA0", "shift_jis", "あ"},
      {"\xC4\xE3", "gb2312", "你"},
      {"\xB0\xA1", "ks_c_5601-1987", "가"},
      {std::string("\xFF\xFE"
                   "a\0",
                   4),
       "utf-16", "a"},
      {"ä", "utf-8", "ä"},
      {"ä", "us-ascii", "ä"},
      {"ä", "", "ä"},
      {"\xE4", "utf-8", "ä"},
      {"\xE4", "", "ä"},
      {"\x93q\x94", "", "“q”"},
      {"\xE4", "x-no-such-charset", "ä"},
      {"\xE4", "../../etc//TRANSLIT", "ä"},
      {"\xE4", std::string(1000, 'x'), "ä"},
      {"äöü\xFF", "utf-8", "äöü\xEF\xBF\xBD"},
      {"äöü\xE2\x82", "utf-8", "äöü\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"a\xFF\xFE-", "euc-jp", "a\xEF\xBF\xBD\xEF\xBF\xBD-"},
  };
  for (const auto& r : rows)
    EXPECT_EQ(to_utf8(r.bytes, r.charset), r.text) << r.charset << " " << r.text;
}

TEST(charset, a_text_has_bare_line_ends_and_no_control_characters) {
  struct row {
    std::string given, clean;
  };
  const row rows[] = {{"a\r\nb", "a\nb"},
                      {"a\rb", "a\nb"},
                      {"a\r\r\nb", "a\nb"},
                      {"a\r\rb", "a\n\nb"},
                      {"a\r", "a\n"},
                      {"a\n\nb", "a\n\nb"},
                      {"a\x01\tb\x7F", "a\tb"},
                      {"\xEF\xBB\xBF"
                       "a",
                       "a"},
                      {"\xC2\x85ä", "ä"}};
  for (const auto& r : rows) EXPECT_EQ(clean_text(r.given), r.clean);
}

TEST(charset, a_line_is_clean) {
  EXPECT_EQ(clean_line(" a \t\r\n b\x01\x7F "), "a b");
  EXPECT_EQ(clean_line("a\xC2\xA0\xC2\x85"
                       "b"),
            "a b");
  EXPECT_EQ(clean_line("\xE4"), "ä");
}
