#include <gtest/gtest.h>

#include "mail/report.hpp"

/// Reports of systems that have a way of their own.
using namespace postroom::mail;

namespace {

const std::string returned_by_hotmail =
    "Message-ID: <one@example.org>\nFrom: helpdesk@example.org\nTo: ann@example.com\n\nHello.\n";

}  // namespace

TEST(report, a_list_manager_that_turns_a_mail_down_reports) {
  const std::string by_fml =
      "From: list-admin@example.net\nTo: helpdesk@example.org\n"
      "References: <one@example.org>\nX-MLServer: fml [fml 4.0.3]\n";
  const std::string text = "\nYou are not a member of this mailing list <list@example.net>.\n";
  const auto r =
      read_report(by_fml + "Subject: You helpdesk@example.org are not member (list ML)\n" + text);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->recipients.at(0).address, "list@example.net");
  EXPECT_EQ(r->recipients.at(0).status, "5.0.0");
  EXPECT_EQ(r->original_message_id, "one@example.org");
  EXPECT_TRUE(read_report(by_fml + "Subject: Loop Alert: Duplicated Message-ID (list ML)\n\n-\n"));
  EXPECT_FALSE(read_report(by_fml + "Subject: Minutes of our meeting\n" + text));
}

TEST(report, a_complaint_of_hotmail_is_known_by_the_mail_that_it_returns) {
  const std::string header =
      "From: staff@hotmail.com\nSubject:  complaint about message from 192.0.2.222\n"
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n";
  const auto r = read_report(header + "X-HmXmrOriginalRecipient: ann@example.com\n" +
                             returned_by_hotmail + "--b--\n");
  ASSERT_TRUE(r);
  EXPECT_EQ(r->kind, report_kind::feedback);
  EXPECT_EQ(r->detail, "abuse");
  EXPECT_EQ(r->recipients.at(0).address, "ann@example.com");
  EXPECT_EQ(r->recipients.at(0).action, reported_action::none);
  EXPECT_EQ(r->original_message_id, "one@example.org");
  EXPECT_FALSE(read_report(header + returned_by_hotmail + "--b--\n"));
}
