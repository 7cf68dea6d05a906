#include "tests/actors/outcomes_fixture.hpp"

/// The golden table, of mails that speak of another mail: reports, receipts, automatic answers.
namespace postroom::actors::test {
namespace {

const std::string daemon =
    "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\nTo: helpdesk@example.org\n"
    "Message-ID: <notice@mx.example.net>\n";

/// RFC 3464, about a mail to Una with this Message-ID.
std::string delivery_report(const std::string& action, const std::string& status,
                            const std::string& about, const std::string& sender = daemon) {
  return sender +
         "Subject: Delivery Status Notification\nContent-Type: multipart/report;\n"
         "\treport-type=delivery-status; boundary=b\n\n" +
         parts({"\nThis is what became of your mail.",
                "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
                "Final-Recipient: rfc822; una@example.com\nAction: " +
                    action + "\nStatus: " + status + "\n",
                "Content-Type: text/rfc822-headers\n\nTo: una@example.com\nMessage-ID: <" + about +
                    ">\n"});
}

/// What Exchange sends where it adds no message/delivery-status.
std::string exchange_report(const std::string& about) {
  return "From: Microsoft Outlook\n\t<MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@"
         "example.com>\nTo: helpdesk@example.org\nMessage-ID: <ndr@example.com>\n"
         "Subject: Undeliverable: [IT-000001] red\nIn-Reply-To: <" +
         about +
         ">\n\nDelivery has failed to these recipients or groups:\n\nuna@example.com\n"
         "The e-mail address you entered couldn't be found.\n\n"
         "Diagnostic information for administrators:\n\nGenerating server: ex.example.com\n\n"
         "una@example.com\n#550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found ##\n";
}

std::string qmail_report(const std::string& about) {
  return "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: helpdesk@example.org\n"
         "Subject: failure notice\n\nHi. This is the qmail-send program at mx.example.net.\n"
         "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
         "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
         "<una@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
         "--- Below this line is a copy of the message.\n\n"
         "Return-Path: <helpdesk@example.org>\nFrom: helpdesk@example.org\nTo: una@example.com\n"
         "Subject: [IT-000001] red\nMessage-ID: <" +
         about + ">\n\nDear Una,\n";
}

std::string exim_report(const std::string& about) {
  return daemon +
         "X-Failed-Recipients: una@example.com\nSubject: Mail delivery failed: returning message "
         "to sender\n\nA message that you sent could not be delivered to all of its recipients.\n"
         "\n  una@example.com\n    all relevant MX records point to non-existent hosts\n\n"
         "------ This is a copy of the message, including all the headers. ------\n\n"
         "Return-path: <helpdesk@example.org>\nFrom: helpdesk@example.org\nTo: una@example.com\n"
         "Message-ID: <" +
         about + ">\n\nDear Una,\n";
}

/// RFC 5965.
std::string complaint(const std::string& about) {
  return "From: abuse@example.com\nTo: helpdesk@example.org\nMessage-ID: <arf@example.com>\n"
         "Subject: Complaint\nContent-Type: multipart/report; report-type=feedback-report;\n"
         "\tboundary=b\n\n" +
         parts({"\nOne of our users complains.",
                "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
                "User-Agent: x/1\n",
                "Content-Type: message/rfc822\n\nFrom: helpdesk@example.org\n"
                "To: una@example.com\nMessage-ID: <" +
                    about + ">\n\nDear Una,"});
}

/// RFC 8098.
std::string receipt(const std::string& about, const std::string& what) {
  return "From: Una User <una@example.com>\nTo: helpdesk@example.org\nMessage-ID: <mdn@x>\n"
         "Subject: Read: [IT-000001] red\nContent-Type: multipart/report;\n"
         "\treport-type=disposition-notification; boundary=b\n\n" +
         parts({"\nYour mail was displayed.",
                "Content-Type: message/disposition-notification\n\n"
                "Final-Recipient: rfc822;una@example.com\nOriginal-Message-ID: <" +
                    about + ">\nDisposition: manual-action/MDN-sent-manually; " + what + "\n"});
}

/// A rule for everybody's mails, and one for mails of this origin alone.
void add_rules(outcome_test& t, const std::string& origin) {
  auto& all = *t.config.add_rules();
  all.set_name("all");
  all.mutable_then()->set_quarantine("odd");
  auto& one = *t.config.add_rules();
  one.set_name("one");
  one.add_when()->set_field("origin");
  one.mutable_when(0)->set_is(origin);
  one.mutable_then()->set_suppress("absent");
  one.mutable_then()->set_forward("deputy@example.net");
}

const std::string answers_ours = "In-Reply-To: <{sent}>\n";
const std::string away = "I am away until Monday.\n";

/// About a mail whose Message-ID a server on its way replaced, with these fields of it.
std::string report_of(const std::string& fields, const std::string& to = "una@example.com") {
  return daemon +
         "Subject: Delivery Status Notification\nContent-Type: multipart/report;\n"
         "\treport-type=delivery-status; boundary=b\n\n" +
         parts({"\nThis is what became of your mail.",
                "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
                "Final-Recipient: rfc822; " +
                    to + "\nAction: failed\nStatus: 5.1.1\n",
                "Content-Type: text/rfc822-headers\n\nFrom: it@example.org\nTo: " + to +
                    "\nMessage-ID: <replaced@relay.example.net>\n" + fields});
}

const std::string noted = "updated IT-000001; REPORT; files part-1.txt, part-2.txt; failed 5.1.1";

const std::vector<golden> replaced_ids = {
    {"own_field", report_of("X-Postroom-Message-ID: <{sent}>\n"), noted},
    {"tagged_reply_to", report_of("Reply-To: {tagged}\n"), noted},
    {"tagged_reply_to_of_another", report_of("Reply-To: {tagged}\n", "bob@example.com"),
     "suppressed:bounce"},
    {"mark_and_number", report_of("X-Postroom-Loop: {mark}\nSubject: {subject}\n"), noted},
    {"mark_and_the_mail_that_ours_answers",
     report_of("X-Postroom-Loop: {mark}\nReferences: <{first}>\nSubject: {subject}\n"), noted},
    {"mark_and_another_subject",
     report_of("X-Postroom-Loop: {mark}\nSubject: [IT-000001] guessed\n"), "suppressed:bounce"},
    {"number_without_mark", report_of("Subject: {subject}\n"), "suppressed:bounce"},
    {"number_and_another_mark", report_of("X-Postroom-Loop: 0123\nSubject: {subject}\n"),
     "suppressed:bounce"},
    {"mark_alone", report_of("X-Postroom-Loop: {mark}\n"), "suppressed:bounce"},
    {"mail_to_another",
     report_of("X-Postroom-Loop: {mark}\nSubject: {subject}\n", "bob@example.com"),
     "suppressed:bounce"},
    {"recipient_alone", report_of(""), "suppressed:bounce"},
};

const std::vector<golden> reports = {
    {"bounce_of_ours", delivery_report("failed", "5.1.1", "{sent}"),
     "updated IT-000001; REPORT; files part-1.txt, part-2.txt; failed 5.1.1"},
    {"bounce_that_repeats_our_loop_mark",
     delivery_report("failed", "5.1.1", "{sent}", daemon + "X-Postroom-Loop: {mark}\n"),
     "updated IT-000001; REPORT; files part-1.txt, part-2.txt; failed 5.1.1"},
    {"bounce_of_another_mail", delivery_report("failed", "5.1.1", "other@x"), "suppressed:bounce"},
    {"bounce_from_nobody",
     delivery_report("failed", "5.1.1", "{sent}",
                     "Return-Path: <>\nFrom: <>\nTo: helpdesk@example.org\n"),
     "updated IT-000001; REPORT; files part-1.txt, part-2.txt; failed 5.1.1"},
    {"delay_of_ours", delivery_report("delayed", "4.4.1", "{sent}"),
     "updated IT-000001; REPORT; files part-1.txt, part-2.txt; delayed 4.4.1"},
    {"delay_of_another_mail", delivery_report("delayed", "4.4.1", "other@x"), "suppressed:delay"},
    {"delivery_of_ours", delivery_report("delivered", "2.0.0", "{sent}"),
     "updated IT-000001; REPORT; files part-1.txt, part-2.txt; delivered 2.0.0"},
    {"delivery_of_another_mail", delivery_report("delivered", "2.0.0", "other@x"),
     "suppressed:delivered"},
    {"bounce_by_exchange", exchange_report("{sent}"), "updated IT-000001; REPORT; failed 5.1.10"},
    {"bounce_by_exchange_of_another_mail", exchange_report("other@x"), "suppressed:bounce"},
    {"bounce_by_qmail", qmail_report("{sent}"), "updated IT-000001; REPORT; failed 5.1.1"},
    {"bounce_by_qmail_of_another_mail", qmail_report("other@x"), "suppressed:bounce"},
    {"bounce_by_exim", exim_report("{sent}"), "updated IT-000001; REPORT; failed 5.0.0"},
    {"complaint_of_ours", complaint("{sent}"),
     "updated IT-000001; REPORT; files part-1.txt, part-2.eml; abuse"},
    {"complaint_of_another_mail", complaint("other@x"), "suppressed:complaint"},
    {"receipt_of_ours", receipt("{sent}", "displayed"),
     "updated IT-000001; REPORT; files part-1.txt; displayed"},
    {"receipt_of_a_mail_deleted_unread", receipt("{sent}", "deleted"),
     "updated IT-000001; REPORT; files part-1.txt; deleted"},
    {"receipt_of_another_mail", receipt("other@x", "displayed"), "suppressed:receipt"},
    {"bounce_where_reports_are_calls", delivery_report("failed", "5.1.1", "other@x"),
     "logged; by report; files part-1.txt, part-2.txt", "",
     [](outcome_test& t) { t.config.mutable_incoming(0)->set_reports("log"); }},
    {"bounce_that_a_person_sends_on",
     from_una("Subject: Fwd: failure\nContent-Type: multipart/mixed; boundary=outer\n",
              "--outer\n\nWhat does that mean?\n--outer\nContent-Type: message/rfc822\n\n" +
                  delivery_report("failed", "5.1.1", "other@x") + "--outer--\n"),
     "logged; files Delivery Status Notification.eml; answers una@example.com",
     "Fwd: failure | What does that mean?"},
};

const std::vector<golden> automatic_answers = {
    {"auto_submitted", from_una("Auto-Submitted: auto-replied\nSubject: Thanks\n", away),
     "suppressed:auto_reply"},
    {"auto_submitted_to_ours",
     from_una("Auto-Submitted: auto-replied\nSubject: Thanks\n" + answers_ours, away),
     "updated IT-000001; AUTO_REPLY; auto_reply"},
    {"absence", from_una("Auto-Submitted: auto-replied\nSubject: Out of office\n", away),
     "suppressed:out_of_office"},
    {"absence_to_ours",
     from_una("Auto-Submitted: auto-replied\nSubject: Out of office\n" + answers_ours, away),
     "updated IT-000001; AUTO_REPLY; out_of_office"},
    {"absence_with_vacation",
     from_una("Auto-Submitted: auto-replied (vacation)\nSubject: Re: red\n", away),
     "suppressed:out_of_office"},
    {"x_autoreply", from_una("X-Autoreply: yes\nSubject: Re: red\n", away),
     "suppressed:auto_reply"},
    {"precedence_auto_reply", from_una("Precedence: auto_reply\nSubject: Abwesenheit: red\n", away),
     "suppressed:out_of_office"},
    {"precedence_bulk_and_the_subject",
     from_una("Precedence: bulk\nSubject: Automatic reply: red\n", away),
     "suppressed:out_of_office"},
    {"suppress_and_the_subject",
     from_una("X-Auto-Response-Suppress: All\nSubject: Automatic reply: red\n", away),
     "suppressed:out_of_office"},
    {"null_return_path_and_the_subject",
     from_una("Return-Path: <>\nSubject: Out of the office\n", away), "suppressed:out_of_office"},
    {"absence_by_the_number_of_the_call",
     from_una("Auto-Submitted: auto-replied\nSubject: Out of office: [IT-000001] red\n", away),
     "updated IT-000001; AUTO_REPLY"},
    {"absence_of_a_stranger_by_the_number",
     "From: eve@example.net\nAuto-Submitted: auto-replied\nSubject: Out of office: [IT-000001]\n"
     "\nAway.\n",
     "suppressed:out_of_office"},
    {"absence_to_ours_by_a_program",
     from_una("Auto-Submitted: auto-generated\nSubject: I am on holiday\n" + answers_ours, away),
     "updated IT-000001; AUTO_REPLY; out_of_office"},
    {"absence_that_a_rule_on_the_origin_refuses",
     from_una("Auto-Submitted: auto-replied\nSubject: Out of office\n" + answers_ours, away),
     "suppressed:absent; forward deputy@example.net", "",
     [](outcome_test& t) { add_rules(t, "out_of_office"); }},
    {"absence_that_no_rule_is_meant_for",
     from_una("Auto-Submitted: auto-replied\nSubject: Out of office\n" + answers_ours, away),
     "updated IT-000001; AUTO_REPLY; out_of_office", "",
     [](outcome_test& t) { add_rules(t, "report"); }},
    {"absence_of_a_denied_sender",
     from_una("Auto-Submitted: auto-replied\nSubject: Out of office\n" + answers_ours, away),
     "quarantined:sender_denied", "",
     [](outcome_test& t) { t.config.mutable_senders()->add_deny("@example.com"); }},
    {"absence_where_only_others_are_allowed",
     from_una("Auto-Submitted: auto-replied\nSubject: Out of office\n" + answers_ours, away),
     "updated IT-000001; AUTO_REPLY; out_of_office", "",
     [](outcome_test& t) {
       t.config.mutable_senders()->add_allow("@example.org");
       t.config.mutable_senders()->set_only_allowed(true);
     }},
    {"absence_that_is_forged",
     checked("dmarc=fail header.from=example.com") +
         from_una("Auto-Submitted: auto-replied\nSubject: Out of office\n" + answers_ours, away),
     "quarantined:sender_unaligned", "",
     [](outcome_test& t) { t.config.mutable_incoming(0)->set_unaligned("quarantine"); }},
    {"absence_that_brings_a_program",
     from_una("Auto-Submitted: auto-replied\nSubject: Out of office\n" + answers_ours +
                  "Content-Type: multipart/mixed; boundary=b\n",
              "--b\n\nAway.\n--b\nContent-Type: application/octet-stream; name=evil.exe\n\nMZ\n"
              "--b--\n"),
     "updated IT-000001; AUTO_REPLY; files evil.exe (withheld); out_of_office", "",
     [](outcome_test& t) {
       t.config.mutable_attachments()->add_block_names("*.exe");
       t.config.mutable_attachments()->set_action("quarantine");
     }},
};

/// Only a word of the subject is one of an absence.
const std::vector<golden> no_answers = {
    {"alarm_of_a_lost_line",
     from_una("Auto-Submitted: auto-generated\nSubject: Проблема: отсутствует связь\n", "Down.\n"),
     "logged; by generated"},
    {"alarm_of_a_lost_server",
     from_una("Auto-Submitted: auto-generated\nSubject: Palvelin db1 poissa\n", "Down.\n"),
     "logged; by generated"},
    {"alarm_of_a_lost_supply",
     from_una("Auto-Submitted: auto-generated\nSubject: ALERTA: ausencia de tensión\n", "Down.\n"),
     "logged; by generated"},
    {"alarm_of_no_answer",
     from_una("Auto-Submitted: auto-generated\nSubject: 監視: サーバ応答不在\n", "Down.\n"),
     "logged; by generated"},
    {"alarm_in_a_thread_of_its_own",
     from_una("Auto-Submitted: auto-generated\nReferences: <1@monitor>\n"
              "Subject: PROBLEMA: assenza di rete\n",
              "Down.\n"),
     "logged; by generated"},
    {"bulk_alarm_of_a_lost_network",
     from_una("Precedence: bulk\nSubject: PROBLEMA: assenza di rete\n", "Down.\n"),
     "logged; by bulk"},
    {"leave_of_somebody",
     from_una("Auto-Submitted: auto-generated\nSubject: Leave approved: Bob on vacation\n",
              "Forward his mails.\n"),
     "logged; by generated"},
    {"person_about_an_absence",
     from_una("X-Auto-Response-Suppress: All\nSubject: access while Ann Lee is on leave\n",
              "Please.\n"),
     "logged"},
    {"order_of_an_autoresponder",
     from_una("List-Unsubscribe: <mailto:x@example.com>\nSubject: Order 77: autoresponder\n",
              "One.\n"),
     "logged; by bulk"},
};

struct outcome_of_a_notice : outcome_test {};

TEST_P(outcome_of_a_notice, is_that_of_the_table) {
  expect_as_in_table(*this, GetParam());
}

INSTANTIATE_TEST_SUITE_P(report, outcome_of_a_notice, testing::ValuesIn(reports), name_of_row);
INSTANTIATE_TEST_SUITE_P(replaced_id, outcome_of_a_notice, testing::ValuesIn(replaced_ids),
                         name_of_row);
INSTANTIATE_TEST_SUITE_P(answer, outcome_of_a_notice, testing::ValuesIn(automatic_answers),
                         name_of_row);
INSTANTIATE_TEST_SUITE_P(no_answer, outcome_of_a_notice, testing::ValuesIn(no_answers),
                         name_of_row);

}  // namespace
}  // namespace postroom::actors::test
