#include "mail/tnef.hpp"

#include <gtest/gtest.h>

#include "mail/mail.hpp"
#include "mail/rtf.hpp"

using namespace postroom::mail;
using namespace std::string_literals;

namespace {

std::string little(uint64_t value, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i, value >>= 8) out += static_cast<char>(value & 0xFF);
  return out;
}

std::string attribute(int level, uint32_t id, const std::string& value) {
  uint32_t sum = 0;
  for (char c : value) sum += static_cast<unsigned char>(c);
  return little(static_cast<uint64_t>(level), 1) + little(id, 4) + little(value.size(), 4) + value +
         little(sum & 0xFFFF, 2);
}

std::string property(uint16_t type, uint16_t id, const std::string& value) {
  return little(type, 2) + little(id, 2) + little(1, 4) + little(value.size(), 4) + value +
         std::string((4 - value.size() % 4) % 4, '\0');
}

const std::string start = little(0x223E9F78, 4) + little(1, 2);
const std::string code_page = attribute(1, 0x00069007, little(1252, 4) + little(0, 4));

std::string file(const std::string& title, const std::string& data, const std::string& properties,
                 std::size_t count) {
  return attribute(2, 0x00069002, std::string(14, '\0')) + attribute(2, 0x00018010, title + '\0') +
         attribute(2, 0x0006800F, data) + attribute(2, 0x00069005, little(count, 4) + properties);
}

const std::string one_file =
    file("REPORT~1.DOC", "12345",
         property(0x1E, 0x3707, "re\xE4port.docx\0"s) + property(0x1F, 0x370E, "a\0/\0b\0\0\0"s) +
             property(0x1E, 0x3712, "x@y\0"s),
         3);

std::string stored_rtf(const std::string& rtf) {
  return little(rtf.size() + 12, 4) + little(rtf.size(), 4) + little(0x414C454D, 4) + little(0, 4) +
         rtf;
}

std::string mail_with(const std::string& text, const std::string& tnef) {
  return "Content-Type: multipart/mixed; boundary=bound\n\n--bound\n\n" + text +
         "\n--bound\nContent-Type: application/ms-tnef; name=winmail.dat\n"
         "Content-Transfer-Encoding: binary\n\n" +
         tnef + "\n--bound--\n";
}

}  // namespace

TEST(tnef, files_are_found_with_their_long_names) {
  auto content = read_tnef(start + code_page + one_file + file("b.txt", "", "", 0), 1000, 10);
  ASSERT_TRUE(content);
  ASSERT_EQ(content->files.size(), 2u);
  EXPECT_EQ(content->files[0].name, "reäport.docx");
  EXPECT_EQ(content->files[0].content_type, "a/b");
  EXPECT_EQ(content->files[0].content_id, "x@y");
  EXPECT_EQ(content->files[0].size, 5u);
  EXPECT_EQ(content->files[1].name, "b.txt");
}

TEST(tnef, a_mail_shows_the_files_instead_of_the_winmail_dat) {
  auto m = parse(mail_with("hello", start + one_file));
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->text, "hello");
  EXPECT_EQ(m->attachments, (std::vector<attachment>{{"reäport.docx", "a/b", 5, false, "x@y"}}));
}

TEST(tnef, its_text_is_the_mails_when_that_has_none) {
  auto body = [](uint16_t type, uint16_t id, const std::string& value) {
    return start + attribute(1, 0x00069003, little(1, 4) + property(type, id, value));
  };
  struct row {
    std::string tnef, text, html = {};
  };
  const row rows[] = {
      {start + attribute(1, 0x0002800C, "old body\0"s), "old body"},
      {body(0x1F, 0x1000, "n\0e\0w\0\0\0"s), "new"},
      {body(0x102, 0x1013, "<p>a<p>b<script>c"), "a\n\nb", "<p>a</p><p>b</p>"},
      {body(0x102, 0x1009, stored_rtf("{\\rtf1 a\\par b}")), "a\nb"},
  };
  for (const auto& r : rows) {
    auto m = parse(mail_with("", r.tnef), {.max_html = 1000});
    ASSERT_TRUE(m.ok());
    EXPECT_EQ(m->text, r.text);
    EXPECT_EQ(m->html, r.html) << r.text;
    EXPECT_EQ(m->has_html, !r.html.empty()) << r.text;
    EXPECT_TRUE(m->attachments.empty());
  }
}

TEST(tnef, its_html_is_the_mails_beside_a_text) {
  const auto html =
      start + attribute(1, 0x00069003, little(1, 4) + property(0x102, 0x1013, "<b>hello</b>"));
  auto m = parse(mail_with("hello", html), {.max_html = 1000});
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->text, "hello");
  EXPECT_EQ(m->html, "<b>hello</b>");
}

TEST(tnef, a_broken_one_gives_what_stands_before_the_fault_and_stays_a_file) {
  const auto whole = start + code_page + one_file + file("b.txt", "12", "", 0);
  auto wrong_sum = whole;
  wrong_sum.back() ^= 1;
  auto wrong_first = start + code_page;
  wrong_first.back() ^= 1;
  auto no_signature = whole;
  no_signature[0] ^= 1;
  const std::vector<std::string> both = {"reäport.docx", "b.txt", "winmail.dat"};
  struct row {
    std::string bytes;
    std::vector<std::string> files;
  };
  const row rows[] = {
      {wrong_sum, both},
      {whole.substr(0, whole.size() - 3), both},
      {whole.substr(0, (start + code_page + one_file).size() + 3), {both[0], both[2]}},
      {wrong_first + one_file, {both[2]}},
      {no_signature, {both[2]}},
      {"x", {both[2]}},
  };
  for (const auto& r : rows) {
    auto m = parse(mail_with("hello", r.bytes));
    ASSERT_TRUE(m.ok());
    std::vector<std::string> names;
    for (const auto& a : m->attachments) names.push_back(a.name);
    EXPECT_EQ(names, r.files);
  }
  EXPECT_EQ(parse(mail_with("", wrong_sum), {.max_attachments = 2})->attachments.size(), 2u);
}

TEST(tnef, what_it_holds_is_bounded) {
  std::string many = start;
  for (int i = 0; i < 100; ++i) many += file("f", "x", "", 0);
  EXPECT_EQ(read_tnef(many, 1000, 7)->files.size(), 7u);
  // Counts and sizes that are lies end with the bytes.
  auto lies = start + attribute(1, 0x00069003,
                                little(0xFFFFFFFF, 4) + little(0x1F, 2) + little(0x1000, 2) +
                                    little(0xFFFFFFFF, 4) + little(0xFFFFFFFF, 4));
  EXPECT_EQ(read_tnef(lies, 1000, 7)->text, "");
  auto bomb = little(20, 4) + little(0xFFFFFFFF, 4) + little(0x75465A4C, 4) + little(0, 4) +
              "\xFF"s + std::string(16, '\x0F');
  EXPECT_LE(decompress_rtf(bomb, 100).size(), 117u);
}

TEST(rtf, is_decompressed) {
  // The example of MS-OXRTFCP, section 4.1.1.
  const auto bytes =
      "\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00"
      "rcpg125\x42\x32\x0a\xf3\x20hel\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0"s;
  EXPECT_EQ(decompress_rtf(bytes, 1000), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
  EXPECT_EQ(decompress_rtf("short", 1000), "");
}

TEST(rtf, becomes_text) {
  struct row {
    std::string rtf, text;
  };
  const row rows[] = {
      {"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 a\\b b\\b0\\par c}", "ab\nc"},
      {"{\\rtf1\\ansicpg1251 \\'cf\\'f0\\'e8}", "При"},
      {"{\\rtf1 \\u8364 ?5\\{\\}\\\\\\tab x\\~y}", "€5{}\\\tx y"},
      {"{\\rtf1{\\*\\generator x;}a{\\info no}b}", "ab"},
      {"{\\rtf1\\fromhtml1 {\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 a < b{\\*\\htmltag72 "
       "</p>}{\\*\\htmltag64 <p>}\\htmlrtf \\par \\htmlrtf0 c}",
       "a < b\n\nc"},
      {"{{{{{", ""},
      {"}}}a", "a"},
      {"\\", ""},
      {"\\'e", "e"},
  };
  for (const auto& r : rows) EXPECT_EQ(rtf_to_text(r.rtf, 1000), r.text) << r.rtf;
  EXPECT_EQ(rtf_to_text(std::string(100'000, '{') + "a" + std::string(100'000, '}') + "b", 10),
            "ab");
}
