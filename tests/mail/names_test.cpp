#include "mail/names.hpp"

#include <gtest/gtest.h>

#include "mail/utf8.hpp"

using namespace postroom::mail;

TEST(names, are_safe_to_show_and_to_write_to) {
  struct row {
    std::string given, safe;
  };
  const row rows[] = {
      {"report.pdf", "report.pdf"},
      {"Übersicht 2026.xlsx", "Übersicht 2026.xlsx"},
      {"../../etc/passwd", "passwd"},
      {"C:\\Users\\x\\a.txt", "a.txt"},
      {"a/b\\c.txt", "c.txt"},
      {"..", ""},
      {"...", ""},
      {"/", ""},
      {"", ""},
      {".bashrc", "bashrc"},
      {" a. ", "a"},
      {"a\r\nb\tc.txt", "a b c.txt"},
      {"a:b*c?.txt", "a_b_c_.txt"},
      {"x\x01\x1By.txt", "xy.txt"},
      {"gnp\xE2\x80\xAE"
       "exe.txt",
       "gnpexe.txt"},
      {"a\xE2\x80\x8B.txt", "a.txt"},
      {"CON", "_CON"},
      {"nul.txt", "_nul.txt"},
      {"com1.log", "_com1.log"},
      {"common.log", "common.log"},
      {"caf\xE9.txt", "café.txt"},
  };
  for (const auto& r : rows) EXPECT_EQ(safe_file_name(r.given), r.safe) << r.given;
}

TEST(names, long_ones_keep_their_extension_and_whole_characters) {
  std::string long_name;
  for (int i = 0; i < 300; ++i) long_name += "ä";
  auto safe = safe_file_name(long_name + ".docx");
  EXPECT_LE(safe.size(), 255u);
  EXPECT_EQ(safe.substr(safe.size() - 5), ".docx");
  EXPECT_TRUE(is_utf8(safe));
  EXPECT_LE(safe_file_name("a." + std::string(400, 'x')).size(), 255u);
}

TEST(names, come_from_every_place_a_sender_writes_them) {
  struct row {
    std::string header, name;
  };
  const row rows[] = {
      {"Content-Type: application/pdf; name=a.pdf", "a.pdf"},
      {"Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=b.pdf",
       "b.pdf"},
      {"Content-Type: application/pdf; name=\"=?utf-8?q?=C3=A4?=.pdf\"", "ä.pdf"},
      {"Content-Type: application/pdf\nContent-Disposition: attachment; "
       "filename*=utf-8''%E2%82%AC.pdf",
       "€.pdf"},
      {"Content-Type: application/pdf\nContent-Disposition: attachment;\n "
       "filename*0*=utf-8''%C3%A4;\n"
       " filename*1=b.pdf",
       "äb.pdf"},
      {"Content-Type: application/pdf; name=\"\xE4.pdf\"", "ä.pdf"},
      {"Content-Disposition: attachment; filename*1=b.pdf; filename*0*=utf-8''%C3%A4", "äb.pdf"},
      {"Content-Disposition: attachment; filename*=%E2%82%AC.pdf", "€.pdf"},
      {"Content-Disposition: attachment; filename=\"utf-8''%E2%82%AC.pdf\"", "€.pdf"},
      {"Content-Disposition: attachment; filename*0*=utf-8''%E2%82; filename*1*=%AC.pdf", "€.pdf"},
      {"Content-Disposition: attachment; filename*0=\"=?utf-8?B?4oKs\"; filename*1=\"LnBkZg==?=\"",
       "€.pdf"},
      {"Content-Disposition: attachment; filename==?utf-8?Q?a b.pdf?=", "a b.pdf"},
      {"Content-Disposition: attachment; filename=\"=?utf-8?Q?a=C3?= =?utf-8?Q?=B6.pdf?=\"",
       "aö.pdf"},
      {"Content-Disposition: attachment; filename=x.pdf; filename*=utf-8''%E2%82%AC.pdf", "€.pdf"},
      {"Content-Disposition: attachment; filename=a b c.pdf", "a b c.pdf"},
      {"Content-Disposition: attachment; filename=\"a;b.pdf", "a;b.pdf"},
      {"Content-Disposition: attachment; filename=\"C:\\dir\\a.pdf\"", "a.pdf"},
      {"Content-Disposition: attachment; filename=\"O'Brien's a.pdf\"", "O'Brien's a.pdf"},
      {"Content-Type: application/pdf", "part-1.pdf"},
      {"Content-Type: application/x-something", "part-1.bin"},
      {"Content-Type: message/delivery-status", "part-1.txt"},
      {"Content-Type: message/rfc822", "part-1.eml"},
  };
  for (const auto& r : rows) {
    auto m =
        parse("Content-Type: multipart/mixed; boundary=b\n\n--b\n" + r.header + "\n\nx\n--b--\n");
    ASSERT_TRUE(m.ok());
    ASSERT_EQ(m->attachments.size(), 1u) << r.header;
    EXPECT_EQ(m->attachments[0].name, r.name) << r.header;
  }
}
