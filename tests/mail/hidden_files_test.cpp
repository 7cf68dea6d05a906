#include <gtest/gtest.h>

#include <algorithm>

#include "mail/mail.hpp"

namespace postroom::mail {
namespace {

const std::string mixed =
    "From: a@example.net\nSubject: inner\nContent-Type: multipart/mixed; boundary=b\n\n";

parsed_mail read(const std::string& raw, const parse_limits& limits = {}) {
  auto mail = parse(raw, limits);
  EXPECT_TRUE(mail) << mail.error().detail;
  return mail ? std::move(*mail) : parsed_mail{};
}

std::string many(int count, const std::string& part) {
  std::string out;
  for (int i = 0; i < count; ++i) out += part;
  return out;
}

TEST(hidden_files, an_ordinary_mail_has_none) {
  const auto m = read(mixed + "--b\n\nHello.\n--b\nContent-Type: text/html\n\n<p>Hello.\n" +
                      "--b\nContent-Type: application/pdf; name=a.pdf\n\nx\n--b--\n");
  EXPECT_EQ(m.attachments.size(), 1u);
  EXPECT_TRUE(m.hidden_files.empty());
  EXPECT_FALSE(m.has_more_files);
}

TEST(hidden_files, a_file_in_an_attached_mail_names_the_attachment_that_brings_it) {
  const auto m = read(mixed + "--b\nContent-Type: image/png; name=a.png\n\nx\n" +
                      "--b\nContent-Type: message/rfc822\n\nSubject: s\n" +
                      "Content-Type: application/x-msdownload; name=../evil.exe\n\nMZ\n--b--\n");
  ASSERT_EQ(m.attachments.size(), 2u);
  ASSERT_EQ(m.hidden_files.size(), 1u);
  EXPECT_EQ(m.hidden_files[0], (hidden_file{"evil.exe", "application/x-msdownload", 1}));
}

TEST(hidden_files, are_left_out_where_nobody_asks_for_them) {
  parse_limits limits;
  limits.hidden_files = false;
  const auto m = read(mixed + "--b\nContent-Type: message/rfc822\n\n" +
                          "Content-Type: application/pdf; name=a.pdf\n\nx\n--b--\n",
                      limits);
  EXPECT_TRUE(m.hidden_files.empty());
}

TEST(hidden_files, of_a_winmail_dat_in_an_attached_mail_are_found) {
  const auto m =
      read(mixed + "--b\nContent-Type: message/rfc822\n\nSubject: s\n" +
           "Content-Type: application/ms-tnef; name=winmail.dat\n"
           "Content-Transfer-Encoding: base64\n\n"
           "eJ8+IgEAAQeQBgAIAAAA5AQAAAAAAADoAAICkAYADgAAAAAAAAAAAAAAAAAAAAAAAAACEIABAAkA\n"
           "AABwbGFuLnR4dAA5AwIPgAYABQAAADEyMzQ1/wA=\n--b--\n");
  EXPECT_TRUE(std::ranges::any_of(m.hidden_files,
                                  [](const hidden_file& f) { return f.name == "plan.txt"; }));
  EXPECT_FALSE(m.has_more_files);
}

TEST(hidden_files, a_winmail_dat_that_cannot_be_unpacked_may_hold_any) {
  const auto m = read(mixed + "--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nx\n");
  EXPECT_TRUE(m.has_more_files);
}

/// 1,000 attached mails of 1,000 parts each would be a million.
TEST(hidden_files, of_very_many_attached_mails_with_very_many_parts_are_bounded) {
  const auto inner =
      "--b\nContent-Type: message/rfc822\n\nSubject: s\n"
      "Content-Type: multipart/mixed; boundary=i\n\n" +
      many(1000, "--i\nContent-Type: a/b; name=x\n\ny\n") + "--i--\n";
  const auto m = read(mixed + many(1000, inner) + "--b--\n");
  EXPECT_LE(m.hidden_files.size(), 1200u);
  EXPECT_TRUE(m.has_more_files);
}

/// What lies eight mails deep would be walked through eight times.
TEST(hidden_files, of_a_large_mail_in_many_others_are_looked_for_a_few_times_only) {
  std::string deep = many(20, "Content-Type: message/rfc822\n\n");
  const auto m =
      read(deep + "Content-Type: multipart/mixed; boundary=b\n\n" + many(5'000'000, "--xxxxxx\n"));
  EXPECT_TRUE(m.has_more_files);
}

TEST(hidden_files, of_an_encoded_mail_larger_than_is_decoded_may_be_any) {
  std::string line(76, 'A');
  line += '\n';
  const auto m = read(mixed + "--b\nContent-Type: message/rfc822\n" +
                      "Content-Transfer-Encoding: base64\n\n" + many(600'000, line) + "--b--\n");
  EXPECT_TRUE(m.has_more_files);
}

}  // namespace
}  // namespace postroom::mail
