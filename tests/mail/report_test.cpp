#include "mail/report.hpp"

#include <gtest/gtest.h>

#include "mail/utf8.hpp"

using namespace postroom::mail;

namespace {

/// A report as RFC 6522 has it: the header, and three parts.
std::string multipart(const std::string& kind, const std::string& machine_readable,
                      const std::string& type = "delivery-status") {
  return "From: MAILER-DAEMON@mx.example.net\r\nTo: helpdesk@example.org\r\n"
         "Subject: Undelivered Mail\r\n"
         "Content-Type: multipart/report; report-type=" +
         kind +
         "; boundary=b\r\n\r\n"
         "--b\r\n\r\nIn words.\r\n"
         "--b\r\nContent-Type: message/" +
         type + "\r\n\r\n" + machine_readable +
         "\r\n"
         "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
         "From: helpdesk@example.org\r\nTo: ann@example.com\r\nMessage-ID: <one@example.org>\r\n"
         "Subject: [IT-000001] Printer\r\n\r\n--b--\r\n";
}

std::string dsn(const std::string& recipients) {
  return multipart("delivery-status", "Reporting-MTA: dns; mx.example.net\r\n\r\n" + recipients);
}

/// A notice in the words of a mail server.
std::string notice(const std::string& text, const std::string& fields = "") {
  return "From: Mail System <MAILER-DAEMON@mx.example.net>\nTo: helpdesk@example.org\n" + fields +
         "\n" + text;
}

const std::string returned =
    "Received: from mx.example.org by mx.example.net; Mon, 2 Mar 2026 10:00:00 +0000\n"
    "Message-ID: <one@example.org>\nFrom: helpdesk@example.org\nTo: ann@example.com\n"
    "Subject: [IT-000001] Printer\n\nHello.\n";

reported_recipient only(const std::optional<report>& r) {
  if (!r || r->recipients.size() != 1) {
    ADD_FAILURE() << (r ? std::to_string(r->recipients.size()) + " recipients" : "no report");
    return {};
  }
  return r->recipients.front();
}

std::string with(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

}  // namespace

TEST(report, an_ordinary_mail_is_none) {
  EXPECT_FALSE(
      read_report("From: ann@example.com\nSubject: Mail delivery failed\n\n"
                  "I get \"550 5.1.1 user unknown\" for bob@example.com. Help?\n"));
}

TEST(report, a_postmaster_who_asks_for_help_is_a_person) {
  EXPECT_FALSE(
      read_report("From: Postmaster <postmaster@example.com>\nSubject: Strange\n\n"
                  "Mails to ann@example.com could not be delivered since Monday. Help?\n"));
  EXPECT_TRUE(
      read_report("From: postmaster@example.com\nSubject: Undeliverable: Printer\n\n"
                  "Your message to ann@example.com could not be delivered.\n"));
}

TEST(report, a_report_that_a_person_forwards_is_the_persons_mail) {
  EXPECT_FALSE(read_report(
      "From: ann@example.com\nSubject: Fwd: Undelivered Mail\n"
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nWhat is this?\n"
      "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
      "Final-Recipient: rfc822; bob@example.com\nAction: failed\nStatus: 5.1.1\n--b--\n"));
}

TEST(report, a_failure_tells_the_recipient_the_status_and_the_original) {
  auto r =
      read_report(dsn("Original-Recipient: rfc822; ann@example.com\r\n"
                      "Final-Recipient: rfc822; ann.b@mail.example.com\r\nAction: failed\r\n"
                      "Status: 5.1.1 (bad mailbox)\r\n"
                      "Diagnostic-Code: smtp; 550 5.1.1 no such\r\n user\r\n"));
  ASSERT_TRUE(r);
  EXPECT_EQ(r->kind, report_kind::failure);
  EXPECT_EQ(only(r),
            (reported_recipient{"ann@example.com", "ann.b@mail.example.com",
                                reported_action::failed, "5.1.1", "550 5.1.1 no such user"}));
  EXPECT_EQ(r->original_message_id, "one@example.org");
  EXPECT_NE(r->original_headers.find("Subject: [IT-000001] Printer"), std::string::npos);
}

TEST(report, what_the_remote_server_said_is_more_than_the_class_and_than_what_was_made_of_it) {
  auto status = [](const std::string& field, const std::string& diagnostic) {
    return only(read_report(dsn(
                    "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: " + field +
                    "\r\nDiagnostic-Code: smtp; " + diagnostic + "\r\n")))
        .status;
  };
  EXPECT_EQ(status("5.0.0", "550 5.7.1 not allowed"), "5.7.1");
  EXPECT_EQ(status("4.4.7", "554 4.4.7 expired: <421 4.4.2 timed out>"), "4.4.2");
  EXPECT_EQ(status("5.2.2", "550 mailbox full"), "5.2.2");
  EXPECT_EQ(status("5.2.2", "550 5.0.0 failed"), "5.2.2");
  EXPECT_EQ(status("", "550 unknown user"), "5.1.1");
  EXPECT_EQ(status("", "554 rejected by 5.9.1.2, version 4.7.21a"), "5.0.0");
}

TEST(report, a_delay_is_no_failure) {
  auto r = read_report(
      dsn("Final-Recipient: rfc822; ann@example.com\r\nAction: delayed\r\nStatus: 4.4.1\r\n"));
  ASSERT_TRUE(r);
  EXPECT_EQ(r->kind, report_kind::delay);
  EXPECT_EQ(only(r).action, reported_action::delayed);
}

TEST(report, one_failed_among_others_delivered_makes_it_a_failure) {
  auto r = read_report(
      dsn("Final-Recipient: rfc822; a@example.com\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\n"
          "Final-Recipient: rfc822; b@example.com\r\nAction: failed\r\nStatus: 5.2.2\r\n"));
  ASSERT_TRUE(r);
  EXPECT_EQ(r->kind, report_kind::failure);
  EXPECT_EQ(r->recipients.at(0).action, reported_action::relayed);
  EXPECT_EQ(r->recipients.at(1).status, "5.2.2");
}

TEST(report, delivered_relayed_and_expanded_are_success) {
  for (const std::string action : {"delivered", "relayed", "expanded"}) {
    auto r = read_report(dsn("Final-Recipient: rfc822; a@example.com\r\nAction: " + action +
                             "\r\nStatus: 2.0.0\r\n"));
    ASSERT_TRUE(r);
    EXPECT_EQ(r->kind, report_kind::success) << action;
  }
}

TEST(report, a_forgotten_blank_line_between_recipients_loses_none) {
  auto r = read_report(
      dsn("Action: failed\r\nFinal-Recipient: rfc822; a@example.com\r\nStatus: 5.1.1\r\n"
          "Action: failed\r\nFinal-Recipient: rfc822; b@example.com\r\nStatus: 5.2.2\r\n"));
  ASSERT_TRUE(r);
  ASSERT_EQ(r->recipients.size(), 2u);
  EXPECT_EQ(r->recipients[0].status, "5.1.1");
  EXPECT_EQ(r->recipients[1].address, "b@example.com");
}

TEST(report, an_address_beyond_ascii_is_read_in_both_of_its_forms) {
  auto address = [](const std::string& value) {
    return only(read_report(multipart("delivery-status",
                                      "Reporting-MTA: dns; x\r\n\r\n"
                                      "Final-Recipient: " +
                                          value + "\r\nAction: failed\r\n",
                                      "global-delivery-status")))
        .address;
  };
  EXPECT_EQ(address("utf-8; \\x{4E8C}@example.com"), "二@example.com");
  EXPECT_EQ(address("utf-8; jürgen@example.com"), "jürgen@example.com");
  EXPECT_EQ(address("rfc822; <ann@example.com> (Ann)"), "ann@example.com");
  EXPECT_EQ(address("rfc822; <ann@example.com>"), "ann@example.com");
}

TEST(report, no_more_recipients_are_kept_than_the_bound) {
  std::string all;
  for (int i = 0; i < 3000; ++i)
    all +=
        "Final-Recipient: rfc822; a" + std::to_string(i) + "@example.com\r\nAction: failed\r\n\r\n";
  auto r = read_report(dsn(all));
  ASSERT_TRUE(r);
  EXPECT_EQ(r->recipients.size(), report_bounds::recipients);
}

TEST(report, a_complaint_tells_its_type_and_about_which_mail) {
  auto r = read_report(multipart("feedback-report",
                                 "Feedback-Type: abuse\r\nVersion: 1\r\n"
                                 "Original-Rcpt-To: <ann@example.com>\r\n",
                                 "feedback-report"));
  ASSERT_TRUE(r);
  EXPECT_EQ(r->kind, report_kind::feedback);
  EXPECT_EQ(r->detail, "abuse");
  EXPECT_EQ(only(r).address, "ann@example.com");
  EXPECT_EQ(r->original_message_id, "one@example.org");
}

TEST(report, a_read_receipt_tells_what_became_of_the_mail) {
  auto mail = multipart("disposition-notification",
                        "Final-Recipient: rfc822;ann@example.com\r\n"
                        "Original-Message-ID: <two@example.org>\r\n"
                        "Disposition: manual-action/MDN-sent-manually; Displayed\r\n",
                        "disposition-notification");
  auto r = read_report(with(mail, "MAILER-DAEMON@mx.example.net", "Ann <ann@example.com>"));
  ASSERT_TRUE(r);
  EXPECT_EQ(r->kind, report_kind::read_receipt);
  EXPECT_EQ(r->detail, "displayed");
  EXPECT_EQ(only(r).address, "ann@example.com");
  EXPECT_EQ(r->original_message_id, "two@example.org");
}

struct wording {
  const char *name, *text, *address, *status;
};

TEST(report, the_words_of_many_mail_servers_give_recipient_status_and_original) {
  const wording all[] = {
      {"qmail",
       "Hi. This is the qmail-send program at mx.example.net.\n\n<ann@example.com>:\n"
       "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of "
       "the message.\n\n",
       "ann@example.com", "5.1.1"},
      {"exim",
       "This message was created automatically by mail delivery software.\n\nA message "
       "that you sent could not be delivered to one or more of its recipients.\n\n"
       "  ann@example.com\n    host mx.example.com [192.0.2.1]: 550 5.7.1 No.\n\n"
       "------ This is a copy of the message, including all the headers. ------\n\n",
       "ann@example.com", "5.7.1"},
      {"sendmail",
       "   ----- The following addresses had permanent fatal errors -----\n"
       "<ann@example.com>\n    (reason: 550 5.1.1 <ann@example.com>... User unknown)\n\n"
       "   ----- Transcript of session follows -----\n<<< 503 5.0.0 Need RCPT\n\n"
       "   ----- Original message follows -----\n",
       "ann@example.com", "5.1.1"},
      {"old sendmail",
       "   ----- Transcript of session follows -----\n>>> MAIL From:<helpdesk@exampl"
       "e.org>\n554 <ann@example.com>... 550 Host unknown\n\n"
       "   ----- Unsent message follows -----\n",
       "ann@example.com", "5.1.2"},
      {"postfix",
       "This is the mail system at host mx.example.net.\n\nI'm sorry to have to inform "
       "you that your message could not be delivered.\n\n<ann@example.com>: host "
       "mx.example.com[192.0.2.1] said: 552 5.2.2 full (in reply to RCPT TO command)\n\n",
       "ann@example.com", "5.2.2"},
      {"exchange",
       "Your message\n\n  To:      helpdesk@example.org\n  Subject: Printer\n  Sent:    "
       "Mon, 2 Mar 2026 10:00:00 -0000\n\ndid not reach the following recipient(s):\n\n"
       "ann@example.com on Mon, 2 Mar 2026 10:00:00 -0000\n    The recipient name is not"
       " recognized\n\n",
       "ann@example.com", "5.1.1"},
      {"gmail",
       "Delivery to the following recipient failed permanently:\n\n     ann@example.com\n\n"
       "Technical details of permanent failure:\nThe error that the other server returned "
       "was:\n550-5.2.1 The account is\n550 5.2.1 disabled.\n\n----- Original message "
       "-----\n\n",
       "ann@example.com", "5.2.1"},
      {"yahoo",
       "Sorry, we were unable to deliver your message to the following address.\n\n"
       "<ann@example.com>:\nRemote host said: 554 delivery error [RCPT_TO]\n\n"
       "--- Below this line is a copy of the message.\n\n",
       "ann@example.com", "5.0.0"},
      {"gmx",
       "This message was created automatically by mail delivery software.\nThe following "
       "address failed:\n\n\"ann@example.com\":\nSMTP error after RCPT command:\n5.1.1 <ann@ex"
       "ample.com> unknown\n\n--- The header of the original message is following. ---\n\n",
       "ann@example.com", "5.1.1"},
      {"notes",
       "------- Failure Reasons  --------\n\nUser  not listed in public Name & Address Book"
       "\nann@example.com\n\n------- Returned Message --------\n",
       "ann@example.com", "5.1.1"},
      {"German",
       "Ihre Nachricht konnte nicht zugestellt werden:\n\nann@example.com: Das Postfach "
       "ist voll.\n\nDer Nachrichtenkopf:\n",
       "ann@example.com", "5.2.2"},
  };
  for (const auto& w : all) {
    auto r = read_report(notice(w.text + returned, "Subject: failure notice\n"));
    SCOPED_TRACE(w.name);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->kind, report_kind::failure);
    EXPECT_EQ(only(r).address, w.address);
    EXPECT_EQ(only(r).status, w.status);
    EXPECT_EQ(r->original_message_id, "one@example.org");
    EXPECT_EQ(only(r).diagnostic.find("copy of"), std::string::npos) << only(r).diagnostic;
  }
}

TEST(report, what_was_given_up_for_a_transient_cause_failed_with_a_code_of_class_4) {
  for (const char* cause : {"retry timeout exceeded", "all hosts have been failing for a long time",
                            "mailbox is full: retry timeout exceeded"}) {
    auto r = read_report(notice(
        "A message could not be delivered.\n\n  ann@example.com\n    " + std::string(cause) + "\n",
        "X-Failed-Recipients: ann@example.com\n"));
    EXPECT_EQ(only(r).action, reported_action::failed) << cause;
    EXPECT_EQ(only(r).status[0], '4') << cause;
    EXPECT_EQ(r->kind, report_kind::failure);
  }
  EXPECT_EQ(only(read_report(dsn("Final-Recipient: rfc822; a@example.com\r\n"
                                 "Diagnostic-Code: smtp; retry timeout exceeded\r\n")))
                .action,
            reported_action::failed);
}

TEST(report, a_daemon_with_a_null_path_reports_in_whatever_language) {
  auto mail = [](const char* from, const char* subject, const char* path = "<>") {
    return "Return-Path: " + std::string(path) + "\nFrom: <" + from + ">\nSubject: " + subject +
           "\n\nann@example.com\n";
  };
  EXPECT_EQ(only(read_report(mail("MAILER-DAEMON@mx.example.net", "메일을 못 보냄"))).address,
            "ann@example.com");
  EXPECT_TRUE(read_report(mail("MAILER-DAEMON@mx.example.net", "Nema ga", "<MAILER-DAEMON>")));
  for (const char* subject :
       {"메일 전송 실패", "Niedostarczona wiadomość", "Zprávu se nepodařilo doručit",
        "Mancata consegna", "Kan ikke leveres", "İleti teslim edilemedi",
        "Viestiä ei voitu toimittaa", "Kézbesítési hiba"}) {
    EXPECT_TRUE(read_report(mail("postmaster@mx.example.net", subject))) << subject;
    EXPECT_FALSE(read_report(mail("parcels@shop.example.net", subject))) << subject;
  }
  EXPECT_FALSE(read_report(mail("postmaster@mx.example.net", "Your quarantine of today")));
  EXPECT_FALSE(read_report(mail("MAILER-DAEMON@mx.example.net", "Good day", "<ann@example.com>")));
}

TEST(report, a_postmaster_with_a_null_path_who_returns_a_mail_reports) {
  const std::string mail =
      "Return-Path: <>\nFrom: postmaster@mx.example.net\nSubject: Nema ga\n"
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nKo?\n--b\n"
      "Content-Type: message/rfc822\n\n";
  const auto r = read_report(mail + returned + "--b--\n");
  EXPECT_EQ(only(r).address, "ann@example.com");
  EXPECT_EQ(r->original_message_id, "one@example.org");
}

TEST(report, each_of_several_recipients_in_words_has_its_own_status) {
  auto r =
      read_report(notice("Unable to deliver.\n\n<a@example.com>:\n550 5.1.1 unknown\n\n"
                         "<b@example.com>:\n552 5.2.2 full\n\n",
                         "Subject: failure notice\n"));
  ASSERT_TRUE(r);
  ASSERT_EQ(r->recipients.size(), 2u);
  EXPECT_EQ(r->recipients[0].status, "5.1.1");
  EXPECT_EQ(r->recipients[1].status, "5.2.2");
}

TEST(report, the_failed_recipients_that_a_header_names_are_the_ones) {
  auto r = read_report(notice("This is a permanent error.\n\n  save to box\n    mailbox is full\n",
                              "X-Failed-Recipients: a@example.com,\n b@example.com\n"));
  ASSERT_TRUE(r);
  ASSERT_EQ(r->recipients.size(), 2u);
  EXPECT_EQ(r->recipients[1].address, "b@example.com");
}

TEST(report, a_delay_in_words_is_no_failure) {
  auto r =
      read_report(notice("THIS IS A WARNING MESSAGE ONLY.\n\nDelivery to the following "
                         "recipient has been delayed:\n\n   ann@example.com\n\n" +
                             returned,
                         "Subject: Delivery Status Notification (Delay)\n"));
  ASSERT_TRUE(r);
  EXPECT_EQ(r->kind, report_kind::delay);
  EXPECT_EQ(only(r).status, "4.0.0");
}

TEST(report, the_recipient_of_a_report_that_names_none_is_the_originals) {
  auto r = read_report(multipart("delivery-status", "Reporting-MTA: dns; mx.example.net\r\n"));
  EXPECT_EQ(only(r).address, "ann@example.com");
  EXPECT_EQ(only(r).status, "5.0.0");
}

TEST(report, an_absence_note_with_a_null_return_path_is_none) {
  EXPECT_FALSE(
      read_report("Return-Path: <>\nFrom: Ann <ann@example.com>\nSubject: Out of office\n\n"
                  "I am away; what is sent to bob@example.com is read.\n"));
}

TEST(report, an_amazon_notification_is_read_plain_and_within_a_string) {
  const std::string plain =
      R"({"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":)"
      R"([{"emailAddress":"ann@example.com","action":"failed","status":"5.1.1","diagnosticCode":)"
      R"("smtp; 550 5.1.1 unknown"}]},"mail":{"headers":[{"name":"Message-ID","value":)"
      R"("<one@example.org>"}]}})";
  std::string packed = R"({"Message" : ")";
  for (char c : plain) packed += c == '"' ? std::string("\\\"") : std::string(1, c);
  for (const auto& text : {plain, packed + "\"}"}) {
    auto r = read_report("From: no-reply@sns.amazonaws.com\nSubject: Notification\n\n" + text);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->kind, report_kind::failure);
    EXPECT_EQ(only(r).address, "ann@example.com");
    EXPECT_EQ(only(r).status, "5.1.1");
    EXPECT_EQ(r->original_message_id, "one@example.org");
  }
}

TEST(report, a_huge_notice_costs_no_more_than_its_bounds) {
  std::string text = "Unable to deliver.\n\n";
  std::string failed = "X-Failed-Recipients: ";
  for (int i = 0; i < 20000; ++i) {
    text += "user" + std::to_string(i) + "@example.com: 550 user unknown\n";
    failed += "user" + std::to_string(i) + "@example.com,\n ";
  }
  auto r = read_report(notice(text + returned, failed + "z@example.com\n"));
  ASSERT_TRUE(r);
  EXPECT_LE(r->recipients.size(), report_bounds::recipients);
  for (const auto& one : r->recipients) {
    EXPECT_LE(one.diagnostic.size(), report_bounds::diagnostic);
    EXPECT_TRUE(is_utf8(one.diagnostic));
  }
}
