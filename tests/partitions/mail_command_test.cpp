#include "partitions/mail_command.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "fixtures.hpp"

using namespace postroom;
using namespace postroom::partitions;
using act = call_command::act;

namespace {

/// IT, where Ana may send commands.
struct mail_commands : testing::Test {
  mail_commands() {
    config.mutable_commands()->set_active(true);
    mail.from = {"Ana Lyst", "ana@example.org"};
    ana.set_id(1);
    ana.set_partition("IT");
    ana.set_active(true);
    ana.set_analyst(true);
    ana.set_mail_commands(true);
  }
  [[nodiscard]] partition_model model() const { return {config, {}, 1}; }
  found_command find(const std::string& subject) {
    mail.subject = subject;
    return find_command(model(), mail, ana, trust);
  }
  mail_command command(const std::string& subject) {
    const auto found = find(subject);
    EXPECT_TRUE(found.command) << subject;
    return found.command.value_or(mail_command{});
  }
  call_command judge(command_kind what, const record::v1::Call* call, bool has_text = true) const {
    mail_command c;
    c.what = what;
    c.call = call_number{123};
    return judge_command(model(), c, call, has_text);
  }
  static record::v1::Call call(uint64_t number, record::v1::CallState state = record::v1::OPEN) {
    record::v1::Call c;
    c.set_number(number);
    c.set_subject("Printer");
    c.set_priority("2 High");
    c.set_state(state);
    c.mutable_user()->set_person(9);
    c.mutable_user()->set_name("Ann");
    c.mutable_logging_analyst()->set_person(1);
    return c;
  }

  config::v1::Partition config = test::valid_partition();
  mail::parsed_mail mail;
  record::v1::Person ana;
  mail::trust_verdict trust{mail::trust::aligned, "dmarc=pass"};
};

}  // namespace

TEST_F(mail_commands, the_first_word_in_any_case_is_the_command_and_the_second_the_call) {
  const std::pair<const char*, command_kind> rows[] = {
      {"#update IT-000123", command_kind::update},
      {"#close IT-000123 works again", command_kind::close},
      {"#CLOSE it-123", command_kind::close},
      {"#reopen 123", command_kind::reopen},
      {"  #Close [IT-000123]: done", command_kind::close},
      {"#close 000123,", command_kind::close},
  };
  for (const auto& [subject, kind] : rows) {
    const auto c = command(subject);
    EXPECT_EQ(c.what, kind) << subject;
    EXPECT_EQ(c.call.value, 123u) << subject;
    EXPECT_FALSE(c.wrong) << subject;
  }
  EXPECT_EQ(command("#summary please").what, command_kind::summary);
}

TEST_F(mail_commands, a_keyword_that_is_not_the_first_word_is_a_word) {
  for (const auto* subject : {"please #close IT-000123", "#closed IT-000123", "#close:IT-000123",
                              "close IT-000123", "", "Re:", "[IT-000123] #close"}) {
    const auto found = find(subject);
    EXPECT_FALSE(found.command) << subject;
    EXPECT_EQ(found.note, "") << subject;
  }
}

TEST_F(mail_commands,
       a_keyword_in_the_subject_of_an_answer_or_a_mail_passed_on_is_not_the_senders) {
  for (const auto* subject :
       {"Re: #close IT-000123", "AW: Re: #close IT-000123", "Fwd: #close IT-000123", "re:#close 1"})
    for (const auto proof : {mail::trust::aligned, mail::trust::none}) {
      trust.kind = proof;
      const auto found = find(subject);
      EXPECT_FALSE(found.command) << subject;
      EXPECT_EQ(
          found.note,
          "\"#close\" in the subject is no command: it stands behind what an answer or a mail "
          "passed on begins with")
          << subject;
      EXPECT_FALSE(found.unproved) << "nobody is told that a command was not carried out";
    }
}

TEST_F(mail_commands, a_mail_that_answers_gives_commands_only_to_what_was_sent_to_its_sender) {
  ana.add_addresses("Ana@mobile.example");
  auto& group = *config.add_group_addresses();
  group.set_group("First line");
  group.set_address("desk@example.org");
  const std::pair<answered_recipient, const char*> rows[] = {
      {std::nullopt, nullptr},
      {"ANA@example.org", nullptr},
      {"ana@mobile.example", nullptr},
      {"Desk@example.org", nullptr},
      {"", "the mail answers one that was not sent from here"},
      {"una@example.com", "the mail answers one that was sent from here to somebody else"},
  };
  mail.subject = "#close IT-000123";
  for (const auto& [answers, why] : rows) {
    const auto found = find_command(model(), mail, ana, trust, answers);
    EXPECT_EQ(found.command.has_value(), why == nullptr) << answers.value_or("nothing");
    EXPECT_EQ(found.note,
              why == nullptr ? "" : "\"#close\" in the subject is no command: " + std::string(why));
  }
}

TEST_F(mail_commands, keywords_are_the_partitions_own_beyond_ascii_too) {
  config.mutable_commands()->set_close("SCHLIEßEN");
  EXPECT_EQ(command("schliessen IT-000123").what, command_kind::close);
  EXPECT_FALSE(find("#close IT-000123").command);
  EXPECT_EQ(command("#reopen IT-000123").what, command_kind::reopen) << "the others stay";
}

TEST_F(mail_commands, nothing_is_a_command_while_they_are_off) {
  config.mutable_commands()->set_active(false);
  const auto found = find("#close IT-000123");
  EXPECT_FALSE(found.command);
  EXPECT_EQ(found.note, "");
}

TEST_F(mail_commands, without_the_right_a_keyword_is_a_word_and_the_call_says_why) {
  struct row {
    std::function<void(mail_commands&)> bend;
    const char* why;
    bool silent = false;
  };
  const row rows[] = {
      {[](auto& t) { t.ana.set_mail_commands(false); }, "may not send mail commands"},
      {[](auto& t) { t.ana.set_analyst(false); }, "no active analyst of this partition"},
      {[](auto& t) { t.ana.set_active(false); }, "no active analyst of this partition"},
      {[](auto& t) { t.ana.set_partition("HR"); }, "no active analyst of this partition"},
      {[](auto& t) { t.trust.kind = mail::trust::none; }, "has proved who the sender is"},
      {[](auto& t) { t.trust.kind = mail::trust::unaligned; }, "may be forged", true},
      {[](auto& t) { t.mail.author.kind = mail::origin::auto_reply; }, "no person wrote"},
      {[](auto& t) { t.mail.author.kind = mail::origin::list; }, "no person wrote"},
      {[](auto& t) {
         t.mail.author.kind = mail::origin::out_of_office;
         t.trust.kind = mail::trust::unaligned;
       },
       "no person wrote", true},
  };
  for (const auto& r : rows) {
    mail_commands* self = this;
    const auto ana_before = ana;
    const auto trust_before = trust;
    r.bend(*self);
    const auto found = find("#close IT-000123");
    EXPECT_FALSE(found.command) << r.why;
    EXPECT_NE(found.note.find("\"#close\" in the subject is no command: "), std::string::npos);
    EXPECT_NE(found.note.find(r.why), std::string::npos) << found.note;
    EXPECT_EQ(found.silent, r.silent) << r.why;
    EXPECT_EQ(found.unproved, r.why == std::string("has proved who the sender is")) << r.why;
    ana = ana_before;
    trust = trust_before;
    mail.author.kind = mail::origin::person;
  }
}

TEST_F(mail_commands, only_proof_is_missing_where_the_sender_could_give_commands) {
  trust.kind = mail::trust::none;
  EXPECT_TRUE(find("#close IT-000123").unproved);
  EXPECT_FALSE(find("Close it, please").unproved);
  ana.set_mail_commands(false);
  EXPECT_FALSE(find("#close IT-000123").unproved);
  ana.set_mail_commands(true);
  mail.author.kind = mail::origin::generated;
  EXPECT_FALSE(find("#close IT-000123").unproved);
}

TEST_F(mail_commands, a_call_that_cannot_be_meant_is_answered_with_what_to_write) {
  const std::pair<const char*, const char*> rows[] = {
      {"#close", "The subject names no call. Write it as \"#close IT-000123\"."},
      {"#close printer", "\"printer\" is no call. Write it as \"#close IT-000123\"."},
      {"#close 0", "\"0\" is no call."},
      {"#close 99999999999999999999999", "is no call."},
      {"#close HR-000001", "HR-000001 is no call of IT. Send the command to the address"},
  };
  for (const auto& [subject, text] : rows) {
    const auto c = command(subject);
    ASSERT_TRUE(c.wrong) << subject;
    EXPECT_EQ(c.wrong->subject, "[IT] nothing was done");
    EXPECT_NE(c.wrong->text.find(text), std::string::npos) << c.wrong->text;
    const auto open = call(1);
    const auto judged = judge_command(model(), c, &open, true);
    EXPECT_EQ(judged.what, act::nothing);
    EXPECT_EQ(judged.answer, *c.wrong);
  }
}

TEST_F(mail_commands, a_log_takes_the_rest_of_the_subject_and_is_the_senders_own) {
  mail.text = "It smokes.\nfor: bob@example.org\n";
  const auto c = command("#log Printer on fire");
  EXPECT_EQ(c.what, command_kind::log);
  EXPECT_EQ(c.subject, "Printer on fire");
  EXPECT_EQ(c.for_address, "");
  EXPECT_EQ(c.text_from, 0u);
  EXPECT_EQ(command("#log").subject, "");
}

TEST_F(mail_commands, the_first_line_says_for_whom_a_log_is_and_is_no_part_of_the_text) {
  for (const auto* first : {"for: bob@example.org", "FOR:bob@example.org", " For: bob@example.org ",
                            "for: Bob B. <bob@example.org>", "\n \nfor: bob@example.org"}) {
    mail.text = std::string(first) + "\nIt smokes.";
    const auto c = command("#log Printer");
    EXPECT_FALSE(c.wrong) << first;
    EXPECT_EQ(c.for_address, "bob@example.org") << first;
    EXPECT_EQ(mail.text.substr(c.text_from), "It smokes.") << first;
  }
  mail.text = "for: bob@example.org";
  EXPECT_EQ(command("#log Printer").text_from, mail.text.size());
}

TEST_F(mail_commands, the_word_before_the_one_whose_call_it_is_is_the_partitions_own) {
  config.mutable_commands()->set_log_for("FÜR");
  mail.text = "für : bob@example.org\nIt smokes.";
  EXPECT_EQ(command("#log Printer").for_address, "bob@example.org");
  mail.text = "for: bob@example.org\nIt smokes.";
  EXPECT_EQ(command("#log Printer").for_address, "");
  mail.text = "Für: the printer";
  const auto c = command("#log Printer");
  ASSERT_TRUE(c.wrong);
  EXPECT_NE(c.wrong->text.find("\"FÜR: ann@example.org\""), std::string::npos) << c.wrong->text;
}

TEST_F(mail_commands, a_log_for_nobody_or_for_the_helpdesk_itself_is_refused) {
  for (const auto* whom : {"", "the printer", "a@b@c", "bob@", "helpdesk@example.org",
                           "IT@example.org", "x y@example.org"}) {
    mail.text = "for: " + std::string(whom) + "\nIt smokes.";
    const auto c = command("#log Printer");
    ASSERT_TRUE(c.wrong) << whom;
    EXPECT_EQ(c.for_address, "") << whom;
  }
  mail.text = "for: " + std::string(1 << 20, 'a') + "@example.org";
  const auto c = command("#log Printer");
  ASSERT_TRUE(c.wrong);
  EXPECT_LT(c.wrong->text.size(), 400u);
}

TEST_F(mail_commands, close_and_reopen_do_it_once_and_say_so) {
  const auto open = call(123), closed = call(123, record::v1::CLOSED);
  auto done = judge(command_kind::close, &open);
  EXPECT_EQ(done.what, act::close);
  EXPECT_EQ(done.answer.subject, "[IT-000123] closed");
  EXPECT_EQ(done.answer.text, "IT-000123, \"Printer\", is closed. Your text was added to it.");
  done = judge(command_kind::close, &closed);
  EXPECT_EQ(done.what, act::nothing);
  EXPECT_EQ(done.answer.subject, "[IT-000123] is already closed");
  EXPECT_NE(done.answer.text.find("\"#reopen IT-000123\" opens it again"), std::string::npos);
  done = judge(command_kind::reopen, &closed, false);
  EXPECT_EQ(done.what, act::reopen);
  EXPECT_EQ(done.answer.text, "IT-000123, \"Printer\", is open again.");
  done = judge(command_kind::reopen, &open);
  EXPECT_EQ(done.what, act::nothing);
  EXPECT_EQ(done.answer.subject, "[IT-000123] is open already");
}

TEST_F(mail_commands, an_update_adds_its_text_and_leaves_the_call_closed_or_open) {
  const auto open = call(123), closed = call(123, record::v1::CLOSED);
  auto done = judge(command_kind::update, &open);
  EXPECT_EQ(done.what, act::add_text);
  EXPECT_EQ(done.answer.text, "Your text was added to IT-000123, \"Printer\".");
  done = judge(command_kind::update, &closed);
  EXPECT_EQ(done.what, act::add_text);
  EXPECT_NE(done.answer.text.find("It stays closed"), std::string::npos);
  done = judge(command_kind::update, &open, false);
  EXPECT_EQ(done.what, act::nothing);
  EXPECT_NE(done.answer.text.find("write what is to be added"), std::string::npos);
}

TEST_F(mail_commands, a_call_that_is_not_there_is_named_with_the_remedy) {
  for (auto kind : {command_kind::update, command_kind::close, command_kind::reopen}) {
    const auto done = judge(kind, nullptr);
    EXPECT_EQ(done.what, act::nothing);
    EXPECT_EQ(done.answer.subject, "[IT-000123] does not exist");
    EXPECT_NE(done.answer.text.find("\"#summary\" lists your open calls"), std::string::npos);
  }
}

TEST_F(mail_commands, an_answer_is_one_line_and_short_whatever_a_subject_holds) {
  auto hostile = call(123);
  hostile.set_subject("a\r\nBcc: x@example.org\n" + std::string(5'000, 'x'));
  const auto done = judge(command_kind::close, &hostile);
  EXPECT_EQ(done.answer.subject.find_first_of("\r\n"), std::string::npos);
  EXPECT_EQ(done.answer.text.find_first_of("\r\n"), std::string::npos);
  EXPECT_LT(done.answer.text.size(), 300u);
}

TEST_F(mail_commands, a_logged_call_is_answered_with_its_number_and_for_whom) {
  const auto answer = answer_logged(model(), call(124));
  EXPECT_EQ(answer.subject, "[IT-000124] logged");
  EXPECT_EQ(answer.text, "IT-000124, \"Printer\", was logged for Ann, priority 2 High.");
}

TEST_F(mail_commands, a_summary_holds_the_open_calls_of_the_analyst_as_user_or_logger) {
  EXPECT_TRUE(is_open_call_of(call(1), 1));
  EXPECT_TRUE(is_open_call_of(call(1), 9));
  EXPECT_FALSE(is_open_call_of(call(1), 2));
  EXPECT_FALSE(is_open_call_of(call(1, record::v1::CLOSED), 1));
  EXPECT_FALSE(is_open_call_of(record::v1::Call{}, 0)) << "nobody is nobody";
}

TEST_F(mail_commands, a_summary_is_a_table_of_lines) {
  auto umlaut = call(2);
  umlaut.mutable_user()->set_name("Jürgen");
  umlaut.set_created_at(1'800'000'000'000);
  const auto answer = summarise(model(), {umlaut, call(1)});
  EXPECT_EQ(answer.subject, "[IT] your open calls: 2");
  EXPECT_EQ(answer.text,
            "Call       Opened      Priority  User    Subject\n"
            "IT-000002  2027-01-15  2 High    Jürgen  \"Printer\"\n"
            "IT-000001  1970-01-01  2 High    Ann     \"Printer\"\n");
  EXPECT_EQ(summarise(model(), {}).text, "You have no open calls in IT.");
}

TEST_F(mail_commands, a_summary_shows_the_newest_fifty) {
  std::vector<record::v1::Call> calls;
  for (uint64_t n = 51; n > 0; --n) calls.push_back(call(n));
  const auto answer = summarise(model(), calls);
  EXPECT_EQ(answer.subject, "[IT] your newest 50 open calls");
  EXPECT_NE(answer.text.find("IT-000002"), std::string::npos);
  EXPECT_EQ(answer.text.find("IT-000001 "), std::string::npos);
  calls.pop_back();
  EXPECT_EQ(summarise(model(), calls).subject, "[IT] your open calls: 50");
}
