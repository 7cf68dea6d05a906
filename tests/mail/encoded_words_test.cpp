#include "mail/encoded_words.hpp"

#include <gtest/gtest.h>

#include "mail/mail.hpp"

using namespace postroom::mail;

TEST(encoded_words, are_decoded_however_they_are_misused) {
  struct row {
    std::string line, text;
  };
  const row rows[] = {
      {"plain", "plain"},
      {"=?utf-8?q?J=C3=B6rg?=", "Jörg"},
      {"=?UTF-8?B?SsO2cmc=?=", "Jörg"},
      {"=?utf-8?q?a_b?=", "a b"},
      {"=?utf-8?q?a b?=", "a b"},                         // blanks inside
      {"=?utf-8?B?SsO2 cmc=?=", "Jörg"},                  // folded inside
      {"=?utf-8?B?SsO2cmc?=", "Jörg"},                    // no padding
      {"=?utf-8?q?J=C3?= =?utf-8?q?=B6rg?=", "Jörg"},     // split inside of a character
      {"=?utf-8?B?SsM=?= \t =?utf-8?q?=B6rg?=", "Jörg"},  // and of another encoding
      {"=?utf-8?q?a?= =?iso-8859-1?q?=F6?= b", "aö b"},   // blanks between words go
      {"=?utf-8?q?a?==?utf-8?q?b?=c", "abc"},             // nothing between
      {"\"=?utf-8?q?a?= b\"", "\"a b\""},                 // in quotes
      {"=?utf-8*de?q?J=C3=B6rg?=", "Jörg"},               // with a language
      {"=?iso-8859-1?Q?Gr\xF6\xDF"
       "e?=",
       "Größe"},                                      // raw bytes inside
      {"=?iso-8859-1?Q?Größe?=", "Größe"},            // of another charset
      {"=?iso-8859-1?Q?Gr=C3=B6=C3=9Fe?=", "Größe"},  // a wrong label
      {"=?utf-8?q?=F6?=", "ö"},                       // the other way round
      {"=??q?=F6?= =?x-none?q?=F6?=", "öö"},          // none, unknown
      {"=?utf-8?B?SsO2cmc=", "Jörg"},                 // cut off
      {"=?utf-8?q?cut=C3=B6ff", "cutöff"},
      {"\xF6 =?utf-8?q?=C3=B6?=", "ö ö"},  // raw beside a word
      {"=?utf-8?x?abc?= =? =?utf-8 =?utf-8? =?=", "=?utf-8?x?abc?= =? =?utf-8 =?utf-8? =?="},
      {"=?utf-8?q not one", "=?utf-8?q not one"},
      {"=?utf-8?q?"
       "?=x",
       "x"},
      {"=?iso-2022-jp?B?GyRCJCIbKEI=?=", "あ"},
      {"[SPAM]=?utf-8?q?a?=", "[SPAM] a"},  // a gateway's mark
      {"Re:=?utf-8?q?a?=", "Re: a"},
      {"[SPAM]=?utf-8?q?_a?=", "[SPAM] a"},
      {"x=?utf-8?q?a?=", "xa"},
  };
  for (const auto& r : rows) EXPECT_EQ(decode_words(r.line, {}), r.text) << r.line;
}

TEST(encoded_words, raw_bytes_are_in_the_charset_of_the_mail) {
  EXPECT_EQ(decode_words("\xF0\xD2\xC9", "koi8-r"), "При");
  auto m = parse(
      "From: \xF0\xD2\xC9 <a@example.org>\nSubject: \xF0\xD2\xC9\n"
      "Content-Type: text/plain; charset=koi8-r\n\n\xF0\xD2\xC9");
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->from.name, "При");
  EXPECT_EQ(m->subject, "При");
  EXPECT_EQ(m->text, "При");
}

TEST(encoded_words, never_become_syntax_of_an_address_list) {
  auto m = parse(
      "From: =?utf-8?q?a=40b.example=3E=2C?= x <real@example.org>\n"
      "To: =?utf-8?B?ZXZpbEBleGFtcGxlLm9yZyw=?= <a@example.org>, "
      "\"=?utf-8?q?J=C3?= =?utf-8?q?=B6rg?=\" <b@example.org>\n\n");
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->from.addr, "real@example.org");
  EXPECT_EQ(m->from.name, "a@b.example>, x");
  ASSERT_EQ(m->to.size(), 2u);
  EXPECT_EQ(m->to[0].addr, "a@example.org");
  EXPECT_EQ(m->to[1], (address{"Jörg", "b@example.org"}));
}

TEST(encoded_words, of_many_charsets_in_one_value_the_first_are_believed) {
  EXPECT_EQ(decode_words("=?koi8-r?q?=F0?= x =?KOI8-R?q?=D2?= =?iso-8859-1?q?=E4?=", {}), "П x рä");
  std::string line;
  for (int i = 0; i < 4; ++i) line += "=?x-" + std::to_string(i) + "?q?=E4?= ";
  EXPECT_EQ(decode_words(line + "=?koi8-r?q?=D0?=", {}), "ääääÐ");
}
