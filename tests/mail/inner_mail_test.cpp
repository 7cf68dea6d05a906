#include "mail/inner_mail.hpp"

#include <gtest/gtest.h>

#include "parsed.hpp"

using namespace postroom::mail;

namespace {

const std::string sent_on =
    "From: Eve <eve@example.net>\nTo: una@example.com\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n";
const std::string shown_heading = "Attached mail: Grüße\nFrom: Eve <eve@example.net>\n\n";

std::string with_attached(const std::string& text, const std::string& attached) {
  return "Subject: s\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\n" + text +
         "\n--o\nContent-Type: message/rfc822\n" + attached + "--o--\n";
}

}  // namespace

TEST(inner_mail, is_shown_of_a_mail_that_says_nothing_itself) {
  struct row {
    const char* what;
    std::string mail, text;
  };
  const auto said = sent_on + "\nThe printer is on fire.\n";
  const row rows[] = {
      {"alone", "Content-Type: message/rfc822\n\n" + said,
       shown_heading + "The printer is on fire.\n"},
      {"attached", with_attached("", "\n" + said), shown_heading + "The printer is on fire."},
      {"beside blanks", with_attached(" \n \n", "\n" + said),
       shown_heading + "The printer is on fire."},
      {"of HTML",
       with_attached("", "\n" + sent_on + "Content-Type: text/html\n\n<p>It burns.</p>\n"),
       shown_heading + "It burns."},
      {"in base64",
       with_attached("", "Content-Transfer-Encoding: base64\n\nU3ViamVjdDogYQoKSXQgYnVybnMuCg==\n"),
       "Attached mail: a\n\nIt burns.\n"},
      {"without a header that says who", with_attached("", "\nX-A: b\n\nIt burns.\n"),
       "Attached mail: (no subject)\n\nIt burns."},
      {"in a mail sent on",
       with_attached("", "\nSubject: outer\nContent-Type: message/rfc822\n\n" + said),
       "Attached mail: outer\n\n" + shown_heading + "The printer is on fire."},
      {"empty", with_attached("", "\n" + sent_on + "\n"), shown_heading},
  };
  for (const auto& r : rows) {
    const auto m = parsed(r.mail);
    EXPECT_EQ(m.text, r.text) << r.what;
    EXPECT_TRUE(m.text_is_attached) << r.what;
    EXPECT_EQ(m.attachments.size(), 1u) << r.what << ": it stays the file it is";
    EXPECT_FALSE(m.has_html) << r.what;
  }
}

TEST(inner_mail, is_not_shown_where_the_mail_says_something_or_reports) {
  const auto said = "\n" + sent_on + "\nThe printer is on fire.\n";
  const auto own = parsed(with_attached("See below.", said));
  EXPECT_EQ(own.text, "See below.");
  EXPECT_FALSE(own.text_is_attached);
  const auto report = parsed(
      "From: MAILER-DAEMON@example.org\nContent-Type: multipart/report; boundary=b;\n"
      "\treport-type=delivery-status\n\n--b\nContent-Type: message/delivery-status\n\n"
      "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; bob@example.net\n"
      "Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n" +
      said + "--b--\n");
  EXPECT_TRUE(report.about);
  EXPECT_EQ(report.text, "");
}

TEST(inner_mail, is_bounded) {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "Content-Type: message/rfc822\n\n";
  EXPECT_EQ(parsed(deep + "Subject: deepest\n\nx").text.find("deepest"), std::string::npos);
  const auto long_one = with_attached("", "\n" + sent_on + "\n" + std::string(1000, 'x') + "\n");
  for (std::size_t max : {0u, 10u, 60u, 61u, 100u}) {
    parse_limits limits;
    limits.max_text = max;
    const auto m = parsed(long_one, limits);
    EXPECT_LE(m.text.size(), max);
    EXPECT_EQ(m.text_truncated, !m.text.empty()) << max;
  }
}
