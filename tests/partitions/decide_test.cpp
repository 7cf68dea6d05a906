#include "partitions/decide.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fixtures.hpp"

using namespace postroom;
using namespace postroom::partitions;
using record::v1::Call;
using record::v1::Person;

namespace {

struct decide_call_test : testing::Test {
  config::v1::Partition config = test::valid_partition();
  mail::parsed_mail mail;
  Person user, analyst;
  sender_resolution who;
  const Person* fallback = &analyst;
  mail::trust_verdict trust;
  std::vector<record::v1::CallLink> related;
  handling routed;

  decide_call_test() {
    mail.from = {"Sam Ple", "Sam@example.org"};
    mail.subject = "Printer on fire";
    mail.text = "It burns.";
    mail.message_id = "abc@client.test";
    who.people_case = record::v1::USER_ONLY;
    who.person.set_id(5);
    who.person.set_name("Sam Ple");
    who.person.set_partition("IT");
    who.person.set_active(true);
    analyst.set_id(9);
    analyst.set_name("Ana Lyst");
    analyst.add_addresses("ana@example.org");
  }

  Call decide() {
    const partition_model model(config, {}, 12);
    record::v1::MailKey key;
    key.set_mailbox("it-in");
    key.set_uid(42);
    return decide_call({model, *model.incoming("it-in"), mail, who, fallback, key, call_number{123},
                        mail_id{77}, from_millis(1000), trust, related, &routed});
  }

  static bool noted(const Call& call, const std::string& sentence) {
    return std::ranges::count(call.decision().notes(), sentence) == 1;
  }
};

}  // namespace

TEST_F(decide_call_test, takes_the_call_from_the_template) {
  const Call call = decide();
  EXPECT_EQ(call.number(), 123u);
  EXPECT_EQ(call.partition(), "IT");
  EXPECT_EQ(call.created_at(), 1000);
  EXPECT_EQ(call.template_(), "Email");
  EXPECT_EQ(call.status(), "Incident");
  EXPECT_EQ(call.stream(), "Software");
  EXPECT_EQ(call.office(), "Leeds");
  EXPECT_EQ(call.group(), "First line");
  EXPECT_EQ(call.impact(), "Low");
  EXPECT_EQ(call.urgency(), "Urgent");
  EXPECT_EQ(call.priority(), "2 High");
  EXPECT_EQ(call.screen_set(), "Software incident");
}

TEST_F(decide_call_test, takes_contents_and_origin_from_the_mail) {
  mail.attachments = {{"a.pdf", "application/pdf", 10, false}, {"logo.png", "image/png", 5, true}};
  const Call call = decide();
  EXPECT_EQ(call.subject(), "Printer on fire");
  EXPECT_EQ(call.text(), "It burns.");
  EXPECT_EQ(call.message_id(), "abc@client.test");
  EXPECT_EQ(call.mail(), 77u);
  EXPECT_EQ(call.key().uid(), 42u);
  ASSERT_EQ(call.attachments_size(), 2);
  EXPECT_EQ(call.attachments(0).name(), "a.pdf");
  EXPECT_EQ(call.attachments(0).content_type(), "application/pdf");
  EXPECT_EQ(call.attachments(0).size(), 10u);
  EXPECT_FALSE(call.attachments(0).inline_());
  EXPECT_TRUE(call.attachments(1).inline_());
}

TEST_F(decide_call_test, gives_the_same_call_for_the_same_input) {
  EXPECT_EQ(decide().SerializeAsString(), decide().SerializeAsString());
}

TEST_F(decide_call_test, keeps_why_the_call_is_as_it_is) {
  const Call call = decide();
  const auto& why = call.decision();
  EXPECT_EQ(why.server(), "it-in");
  EXPECT_EQ(why.template_(), "Email");
  EXPECT_EQ(why.people_case(), record::v1::USER_ONLY);
  EXPECT_EQ(why.impact(), "Low");
  EXPECT_EQ(why.urgency(), "Urgent");
  EXPECT_EQ(why.priority(), "2 High");
  EXPECT_EQ(why.settings_version(), 12u);
  EXPECT_FALSE(why.person_created());
  EXPECT_FALSE(why.user_flag_switched_on());
  EXPECT_TRUE(noted(call, R"(The mail came in through the server "it-in".)"));
  EXPECT_TRUE(noted(call, R"(The server's call template is "Email".)"));
  EXPECT_TRUE(noted(call, R"(The sender is "Sam Ple", a User.)"));
  EXPECT_TRUE(
      noted(call, R"(Impact "Low" and urgency "Urgent" meet in the matrix at priority "2 High".)"));
  EXPECT_TRUE(noted(
      call,
      R"(Status "Incident" and stream "Software" lead to the call screen set "Software incident".)"));
  EXPECT_TRUE(noted(
      call,
      R"(The Logging Analyst is the server's Default Logging Analyst, "Ana Lyst", as the sender is no Analyst.)"));
}

TEST_F(decide_call_test, notes_where_the_screen_set_came_from) {
  config.mutable_templates(0)->set_screen_set("Own");
  EXPECT_TRUE(noted(decide(), R"(The template names the call screen set "Own".)"));
  config.mutable_templates(0)->clear_screen_set();
  config.clear_screen_sets();
  const Call call = decide();
  EXPECT_EQ(call.screen_set(), "");
  EXPECT_TRUE(
      noted(call, R"(Status "Incident" and stream "Software" lead to no call screen set.)"));
}

TEST_F(decide_call_test, gives_a_mail_without_a_subject_the_default_one) {
  for (const char* subject : {"", "  ", "\r\n"}) {
    mail.subject = subject;
    EXPECT_EQ(decide().subject(), "(no subject)");
  }
  config.mutable_templates(0)->set_default_subject("Mail to the service desk");
  EXPECT_EQ(decide().subject(), "Mail to the service desk");
}

TEST_F(decide_call_test, gives_a_mail_without_a_text_the_default_one) {
  mail.text = " \n";
  EXPECT_EQ(decide().text(), "");
  config.mutable_templates(0)->set_default_text("See the attachments.");
  EXPECT_EQ(decide().text(), "See the attachments.");
}

TEST_F(decide_call_test, keeps_subjects_on_one_line_of_bounded_length) {
  mail.subject = "a\r\nBcc: b";
  EXPECT_EQ(decide().subject(), "a Bcc: b");
  mail.subject = std::string(5000, 'x');
  const Call call = decide();
  EXPECT_EQ(call.subject().size(), 998u);
  EXPECT_TRUE(noted(call, "The subject was shortened."));
}

TEST_F(decide_call_test, says_when_the_text_is_not_all_there) {
  mail.text_truncated = true;
  const Call call = decide();
  EXPECT_TRUE(call.text_truncated());
  EXPECT_TRUE(noted(call, "The text was shortened; the stored mail holds all of it."));
}

TEST_F(decide_call_test, names_the_sender_as_user_with_the_address_of_the_mail) {
  who.person.add_addresses("other@example.org");
  const Call call = decide();
  EXPECT_EQ(call.user().person(), 5u);
  EXPECT_EQ(call.user().name(), "Sam Ple");
  EXPECT_EQ(call.user().address(), "Sam@example.org");
}

TEST_F(decide_call_test, flags_a_new_person) {
  who.people_case = record::v1::UNKNOWN_SENDER;
  who.create = true;
  const Call call = decide();
  EXPECT_TRUE(call.decision().person_created());
  EXPECT_TRUE(noted(
      call,
      R"(Nobody had the sender's address: "Sam Ple" was created as a User of partition IT.)"));
}

TEST_F(decide_call_test, flags_a_new_person_again_when_a_replay_finds_it_created) {
  who.people_case = record::v1::UNKNOWN_SENDER;
  who.create = false;
  EXPECT_TRUE(decide().decision().person_created());
}

TEST_F(decide_call_test, flags_a_switched_user_flag) {
  who.people_case = record::v1::ANALYST_ONLY;
  who.switch_user_flag_on = true;
  const Call call = decide();
  EXPECT_TRUE(call.decision().user_flag_switched_on());
  EXPECT_TRUE(noted(call, "The sender's User flag was switched on."));
  EXPECT_TRUE(noted(
      call,
      R"(The Logging Analyst is the server's Default Logging Analyst, "Ana Lyst", as Use Linked Analyst is off.)"));
}

TEST_F(decide_call_test, makes_a_linked_analyst_the_logging_analyst) {
  who.people_case = record::v1::ANALYST_AND_USER;
  config.mutable_incoming(0)->set_use_linked_analyst(true);
  const Call call = decide();
  EXPECT_EQ(call.logging_analyst().person(), 5u);
  EXPECT_TRUE(call.decision().use_linked_analyst());
  EXPECT_TRUE(noted(call, "The Logging Analyst is the sender, as Use Linked Analyst is on."));
}

TEST_F(decide_call_test, makes_the_sender_the_logging_analyst_when_there_is_no_default) {
  fallback = nullptr;
  const Call call = decide();
  EXPECT_EQ(call.logging_analyst().person(), 5u);
  EXPECT_TRUE(noted(
      call, "The Logging Analyst is the sender, as the server names no Default Logging Analyst."));
}

TEST_F(decide_call_test, flags_a_choice_among_several_people) {
  who.others = {7, 8};
  const Call call = decide();
  EXPECT_EQ(std::vector<uint64_t>(call.decision().other_candidates().begin(),
                                  call.decision().other_candidates().end()),
            who.others);
  EXPECT_TRUE(noted(call,
                    "3 people have the sender's address; chosen by: this partition first, active "
                    "first, oldest first."));
}

TEST_F(decide_call_test, flags_a_sender_who_is_inactive_or_of_another_partition) {
  who.person.set_active(false);
  who.person.set_partition("HR");
  const Call call = decide();
  EXPECT_TRUE(noted(call, "The sender is not active."));
  EXPECT_TRUE(noted(call, "The sender belongs to partition HR."));
}

TEST_F(decide_call_test, says_so_when_the_template_is_gone) {
  config.mutable_incoming(0)->set_call_template("Gone");
  const Call call = decide();
  EXPECT_EQ(call.template_(), "Gone");
  EXPECT_TRUE(noted(call, R"(The server's call template "Gone" does not exist in the partition.)"));
}

TEST_F(decide_call_test, lets_no_unproved_sender_act_as_an_analyst) {
  config.mutable_incoming(0)->set_use_linked_analyst(true);
  who.people_case = record::v1::ANALYST_AND_USER;
  who.person.set_analyst(true);
  EXPECT_EQ(decide().logging_analyst().person(), 5u);
  trust = {mail::trust::unaligned, "dmarc=fail header.from=example.org"};
  const Call forged = decide();
  EXPECT_EQ(forged.logging_analyst().person(), 9u);
  EXPECT_TRUE(forged.unverified());
  EXPECT_EQ(forged.decision().trust(), record::v1::UNALIGNED);
  EXPECT_EQ(forged.decision().trust_evidence(), "dmarc=fail header.from=example.org");
  EXPECT_TRUE(noted(forged,
                    "The sender's address is not proved: dmarc=fail header.from=example.org. The "
                    "mail counts as a User's, and is not answered."));
}

TEST_F(decide_call_test, tells_which_calls_it_may_belong_to) {
  related.emplace_back().set_call("IT-000007");
  related.back().set_why("its subject names the call, but the sender takes no part in it");
  const Call call = decide();
  ASSERT_EQ(call.related_size(), 1);
  EXPECT_EQ(call.related(0).call(), "IT-000007");
  EXPECT_TRUE(noted(call,
                    "It may belong to call IT-000007: its subject names the call, but the sender "
                    "takes no part in it."));
}

TEST_F(decide_call_test, marks_where_signature_and_quoted_text_begin) {
  mail.text = "It still burns.\n\n-- \nSam\n\n> It burns.\n";
  const Call call = decide();
  EXPECT_EQ(call.text(), mail.text);
  EXPECT_EQ(call.text().substr(call.signature_at()).rfind("-- \nSam", 0), 0u);
  EXPECT_EQ(call.text().substr(call.quoted_at()), "\n> It burns.\n");
  mail.text = "It burns.";
  EXPECT_EQ(decide().signature_at(), 0u);
  EXPECT_EQ(decide().quoted_at(), 0u);
}

TEST_F(decide_call_test, remembers_who_takes_part) {
  mail.to = {{"", "helpdesk@example.org"}, {"", "Bob@Example.org"}};
  mail.cc = {{"", "carl@example.org"}, {"", "bob@example.org"}};
  const Call call = decide();
  const auto& all = call.participants();
  EXPECT_EQ(std::vector<std::string>(all.begin(), all.end()),
            (std::vector<std::string>{"sam@example.org", "bob@example.org", "carl@example.org"}));
}

TEST_F(decide_call_test, says_what_sort_of_program_wrote_the_mail) {
  mail.author = {mail::origin::list, "List-Id: <x.example.org>", "", ""};
  const Call call = decide();
  EXPECT_EQ(call.decision().origin(), "list");
  EXPECT_TRUE(
      noted(call, "No person wrote the mail: List-Id: <x.example.org>. It is not answered."));
}

TEST_F(decide_call_test, gives_the_call_what_routing_rules_say_and_names_the_rules) {
  routed.rules = {"Fire", "Night"};
  routed.notes = {"The routing rule \"Fire\" fitted."};
  routed.tags = {"fire", "night"};
  config.add_groups("Fire brigade");
  routed.impact = {"High", "Fire"};
  routed.urgency = {"Normal", "Night"};
  routed.group = {"Fire brigade", "Fire"};
  const Call call = decide();
  EXPECT_EQ(call.template_(), "Email");
  EXPECT_EQ(call.impact(), "High");
  EXPECT_EQ(call.urgency(), "Normal");
  EXPECT_EQ(call.priority(), "2 High");
  EXPECT_EQ(call.decision().impact(), "High");
  EXPECT_EQ(call.decision().urgency(), "Normal");
  EXPECT_EQ(call.decision().priority(), "2 High");
  EXPECT_EQ(call.group(), "Fire brigade");
  EXPECT_EQ(std::vector<std::string>(call.tags().begin(), call.tags().end()), routed.tags);
  EXPECT_EQ(
      std::vector<std::string>(call.decision().rules().begin(), call.decision().rules().end()),
      routed.rules);
  for (const auto* sentence :
       {R"(The routing rule "Fire" fitted.)",
        R"(The routing rule "Fire" gives the impact "High" instead of the template's.)",
        R"(The routing rule "Night" gives the urgency "Normal" instead of the template's.)",
        R"(The routing rule "Fire" gives the group "Fire brigade" instead of the template's.)"})
    EXPECT_TRUE(noted(call, sentence)) << sentence;
}

TEST_F(decide_call_test, takes_the_call_from_the_template_that_a_rule_names) {
  auto& other = *config.add_templates();
  other = config.templates(0);
  other.set_name("Fire");
  other.set_impact("High");
  other.set_default_text("No words.");
  mail.text = "";
  routed.call_template = {"Fire", "Fire alarm"};
  const Call call = decide();
  EXPECT_EQ(call.template_(), "Fire");
  EXPECT_EQ(call.impact(), "High");
  EXPECT_EQ(call.text(), "No words.");
  EXPECT_EQ(call.decision().template_(), "Email") << "the server's";
  EXPECT_TRUE(noted(
      call,
      R"(The routing rule "Fire alarm" gives the call template "Fire" instead of the server's.)"));
}

TEST_F(decide_call_test, marks_attachments_that_are_withheld) {
  mail.attachments = {{"a.exe", "application/x-msdownload", 10, false, ""},
                      {"b.pdf", "application/pdf", 5, false, ""}};
  EXPECT_EQ(decide().attachments(0).withheld(), "");
  routed.withheld = {"its name is blocked", ""};
  const Call call = decide();
  ASSERT_EQ(call.attachments_size(), 2);
  EXPECT_EQ(call.attachments(0).withheld(), "its name is blocked");
  EXPECT_EQ(call.attachments(1).withheld(), "");
}
