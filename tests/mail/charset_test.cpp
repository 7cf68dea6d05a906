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

TEST(charset, every_charset_that_mails_are_written_in_is_read) {
  struct row {
    std::string bytes, charset, text;
  };
  const row rows[] = {
      {"Hi Mom +Jjo-", "utf-7", "Hi Mom ☺"},
      {"+AOQ-", "unicode-1-1-utf-7", "ä"},
      {"\x1B$B$\"", "ISO-2022-JP", "あ"},                        // never switched back
      {"\x1B$B$\"\n\x1B$B$$\x1B(B!", "iso-2022-jp", "あ\nい!"},  // a line end switches back
      {"\x1B$B-!\x1B(B", "iso-2022-jp", "①"},                    // a maker's character
      {"\x1B(I1\x1B(B", "cp50220", "ｱ"},
      {"\x1B$(D0!\x1B(B", "iso-2022-jp-1", "丂"},
      {"\x1B$A<:\x1B(B", "iso-2022-jp-2", "己"},
      {"\x1B$B$\"\x1B", "iso-2022-jp", "あ\x1B"},
      {"\x81\x30\x81\x30", "gb18030", "\xC2\x80"},
      {"\xA7\x41\xA6\x6E", "big5", "你好"},
      {"\xA4\xA4", "x-x-big5", "中"},
      {"\xD7\xF2", "koi8-u", "вР"},
      {"\xA4", "KOI8-RU", "є"},
      {"\xCF\xF0\xE8", "x-cp1251", "При"},
      {"\xCF\xF0\xE8", "win-1251", "При"},
      {"\xCF\xF0\xE8", "Windows 1251", "При"},
      {"\xBF\xE0\xD8", "iso8859_5", "При"},
      {"\xEF\xE0\xA8", "dos-866", "яри"},
      {"\xE0\xE1", "iso-8859-8-i", "אב"},
      {"\xC7\xC8", "windows-1256", "اب"},
      {"\xA1", "tis-620", "ก"},
      {"\x8A", "macintosh", "ä"},
      {"\x87\x40", "shift_jis", "①"},
      {"\xAD\xA1", "euc-jp", "①"},
      {"~{<:Ky~}", "hz-gb-2312", "己所"},
      {std::string("\0a\0b", 4), "utf-16", "ab"},
      {std::string("a\0b\0", 4), "utf-16", "ab"},
      {std::string("a\0b\0\n", 5), "utf-16le", "ab"},
      {"\xE4", "iso-8859-1; format=flowed", "ä"},
  };
  for (const auto& r : rows)
    EXPECT_EQ(to_utf8(r.bytes, r.charset), r.text) << r.charset << " " << r.text;
}

TEST(charset, a_wrong_label_is_not_believed) {
  for (auto label : {"iso-8859-1", "windows-1252", "us-ascii", "iso-2022-jp", "utf-7", "none"})
    EXPECT_EQ(to_utf8("Größe", label), "Größe") << label;
  for (auto label : {"koi8-r", "gb2312", "shift_jis", "windows-1251"})
    EXPECT_EQ(to_utf8("Größe über Öl – €", label), "Größe über Öl – €") << label;
  EXPECT_EQ(to_utf8("Gr\xF6\xDF"
                    "e",
                    "utf-8"),
            "Größe");
  EXPECT_EQ(to_utf8("\xC3\xA4", "koi8-r"), "ц╓") << "two bytes prove nothing";
}

TEST(charset, what_nobody_labelled_is_guessed_where_there_is_enough_of_it) {
  // "Привет, как дела? Сегодня хорошая погода." in three charsets
  const std::string text = "Привет, как дела? Сегодня хорошая погода.";
  const std::string windows =
      "\xCF\xF0\xE8\xE2\xE5\xF2, \xEA\xE0\xEA \xE4\xE5\xEB\xE0? \xD1\xE5\xE3\xEE\xE4\xED\xFF "
      "\xF5\xEE\xF0\xEE\xF8\xE0\xFF \xEF\xEE\xE3\xEE\xE4\xE0.";
  const std::string koi8 =
      "\xF0\xD2\xC9\xD7\xC5\xD4, \xCB\xC1\xCB \xC4\xC5\xCC\xC1? \xF3\xC5\xC7\xCF\xC4\xCE\xD1 "
      "\xC8\xCF\xD2\xCF\xDB\xC1\xD1 \xD0\xCF\xC7\xCF\xC4\xC1.";
  for (auto label : {"", "x-unknown", "utf-8"}) {
    EXPECT_EQ(to_utf8(windows, label), text) << label;
    EXPECT_EQ(to_utf8(koi8, label), text) << label;
  }
  EXPECT_EQ(read_unlabelled(koi8, "windows-1252").substr(0, 2), "ð") << "the hint goes first";
  EXPECT_EQ(to_utf8("caf\xE9 \xE0 la cr\xE8me, d\xE9j\xE0 vu", ""), "café à la crème, déjà vu");
}

TEST(charset, html_may_name_its_own) {
  EXPECT_EQ(charset_in_markup("<html><meta charset=koi8-r>"), "koi8-r");
  EXPECT_EQ(charset_in_markup("<meta content=\"text/html; charset=big5\">"), "big5");
  EXPECT_EQ(charset_in_markup("<meta charset=\"utf-8\"/>"), "utf-8");
  EXPECT_EQ(charset_in_markup("<META CONTENT=\"text/html; CHARSET=koi8-r\">"), "koi8-r");
  EXPECT_EQ(charset_in_markup("<p>charset="), "");
  EXPECT_EQ(charset_in_markup("<p>none</p>"), "");
}
