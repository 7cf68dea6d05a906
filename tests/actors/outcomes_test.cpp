#include "tests/actors/outcomes_fixture.hpp"

/// The golden table: what becomes of each sort of mail. Mails of persons and of programs stand
/// here; notices, broken MIME, and replies and forgeries in the `outcomes_*_test.cpp` beside it.
namespace postroom::actors::test {
namespace {

const std::string answered = "logged; answers una@example.com";

/// A mail of another sender than Una.
std::string from(const std::string& sender, const std::string& fields) {
  return "From: " + sender +
         "\nTo: it@example.org\nMessage-ID: <new@mail.example.net>\n"
         "Subject: Disk\n" +
         fields + "\nThe disk is full.\n";
}

const std::vector<golden> persons = {
    {"plain_text", from_una("Subject: Printer\n", "It is red.\n"), answered,
     "Printer | It is red."},
    {"html_only",
     from_una("Subject: Printer\nContent-Type: text/html; charset=utf-8\n",
              "<p>It is <b>red</b>.</p><script>alert(1)</script>\n"),
     "logged; HTML; answers una@example.com", "Printer | It is red."},
    {"text_and_html",
     from_una("Subject: Printer\nContent-Type: multipart/alternative; boundary=b\n",
              parts({"Content-Type: text/plain\n\nIt is red.",
                     "Content-Type: text/html\n\n<p>It is <b>RED</b>.</p>"})),
     "logged; HTML; answers una@example.com", "Printer | It is red."},
    {"text_and_file",
     from_una("Subject: Printer\nContent-Type: multipart/mixed; boundary=b\n",
              parts({"\nIt is red.",
                     "Content-Type: application/pdf; name=red.pdf\n"
                     "Content-Transfer-Encoding: base64\n\nJVBERi0=\n"})),
     "logged; files red.pdf; answers una@example.com", "Printer | It is red."},
    {"suppressed_by_a_rule_that_forwards", from_una("Subject: Router\n", "It is down.\n"),
     "suppressed:network; forward net@example.net", "",
     [](outcome_test& t) {
       auto& r = *t.config.add_rules();
       r.set_name("network");
       r.mutable_then()->set_suppress("network");
       r.mutable_then()->set_forward("net@example.net");
     }},
    {"absence_in_the_subject_only",
     from_una("Subject: Out of office\n", "Who stands in for Ana?\n"), answered,
     "Out of office | Who stands in for Ana?"},
    {"failure_in_the_words_of_a_person",
     from_una("Subject: Undelivered mail\n",
              "My mail to bob@example.net came back: 550 5.1.1 user unknown.\n"),
     answered},
    {"auto_submitted_no", from_una("Auto-Submitted: no\nSubject: x\n", "y\n"), answered},
    {"silence_asked_for", from_una("X-Auto-Response-Suppress: All\nSubject: x\n", "y\n"), "logged"},
    {"receipts_alone_not_wanted", from_una("X-Auto-Response-Suppress: DR, RN\nSubject: x\n", "y\n"),
     answered},
    {"same_mail_again", raw_mail("red"), "suppressed:duplicate"},
    {"no_subject", from_una("", "It is red.\n"), answered, "(no subject) | It is red."},
    {"no_date", "From: una@example.com\nMessage-ID: <new@x>\nSubject: x\n\ny\n", answered, "x | y"},
    {"no_message_id", "From: una@example.com\nSubject: x\n\ny\n", answered, "x | y"},
    {"no_from", "To: it@example.org\nSubject: x\n\ny\n", "quarantined:mail_without_sender"},
    {"from_without_address", "From: Una User\nSubject: x\n\ny\n",
     "quarantined:mail_without_sender"},
    {"return_path_instead_of_from",
     "Return-Path: <una@example.com>\nFrom: Cron <root>\nSubject: x\n\ny\n", answered},
    {"return_path_instead_of_from_where_senders_are_checked",
     "Return-Path: <una@example.com>\n" + checked("spf=pass smtp.mailfrom=una@example.com") +
         "From: Cron <root>\nSubject: x\n\ny\n",
     "logged; UNALIGNED; unverified"},
    {"null_return_path_and_no_from", "Return-Path: <>\nSubject: x\n\ny\n",
     "quarantined:mail_without_sender"},
    {"sender_instead_of_from", "Sender: una@example.com\nSubject: x\n\ny\n", answered},
    {"empty_body", from_una("Subject: x\n", ""), answered, "x | "},
};

const std::vector<golden> programs = {
    {"mailing_list",
     from("Ann <ann@example.net>",
          "List-Id: <talk.example.net>\nList-Post: <mailto:t@example.net>\n"),
     "logged; by list"},
    {"precedence_list", from("ann@example.net", "Precedence: list\n"), "logged; by list"},
    {"newsletter",
     from("news@example.net",
          "List-Unsubscribe: <https://example.net/leave>\n"
          "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"),
     "logged; by bulk"},
    {"precedence_bulk", from("ann@example.net", "Precedence: bulk\n"), "logged; by bulk"},
    {"alarm", from("monitor@example.net", "Auto-Submitted: auto-generated\n"),
     "logged; by generated"},
    {"no_reply_address", from("Shop <no-reply@example.net>", ""), "logged; by generated"},
    {"null_return_path", from("ann@example.net", "Return-Path: <>\n"), "logged; by generated"},
    {"owner_of_a_list", from("owner-talk@example.net", ""), "logged; by generated"},
    {"own_loop_mark", from("ann@example.net", "X-Postroom-Loop: {mark}\n"), "suppressed:own"},
    {"own_loop_mark_among_others", from("ann@example.net", "X-Postroom-Loop: 0123 {mark} 4567\n"),
     "suppressed:own"},
    {"part_of_the_own_loop_mark", from("ann@example.net", "X-Postroom-Loop: {mark}0\n"),
     "logged; by generated"},
    {"own_acknowledgement_that_came_back_through_a_list",
     "From: helpdesk@example.org\nTo: talk@example.net\nMessage-ID: <{sent}>\n"
     "Subject: [IT-000001] red\nAuto-Submitted: auto-replied\nPrecedence: list\n"
     "X-Postroom-Loop: {mark}\n\nDear Una,\n",
     "suppressed:own"},
    {"own_loop_mark_of_another_node", from("ann@example.net", "X-Postroom-Loop: elsewhere\n"),
     "logged; by generated"},
    {"own_mailbox_as_sender", from("it@example.org", ""), "logged"},
    {"own_outgoing_address_as_sender", from("helpdesk@example.org", ""), "logged"},
    {"acknowledgement_of_another_postroom",
     from("desk@example.net",
          "Auto-Submitted: auto-replied\nX-Postroom-Loop: elsewhere\nIn-Reply-To: <{sent}>\n"),
     "updated IT-000001; AUTO_REPLY; auto_reply"},
};

struct outcome_of_a_mail : outcome_test {};

TEST_P(outcome_of_a_mail, is_that_of_the_table) {
  expect_as_in_table(*this, GetParam());
}

INSTANTIATE_TEST_SUITE_P(person, outcome_of_a_mail, testing::ValuesIn(persons), name_of_row);
INSTANTIATE_TEST_SUITE_P(program, outcome_of_a_mail, testing::ValuesIn(programs), name_of_row);

}  // namespace
}  // namespace postroom::actors::test
