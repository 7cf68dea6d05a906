#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/notify.hpp"

using namespace postroom;
using namespace postroom::partitions;

namespace {

struct acknowledge_test : testing::Test {
  config::v1::Partition config = test::valid_partition();
  config::v1::General general;
  mail::parsed_mail mail;
  record::v1::Call call;
  record::v1::Person user;

  acknowledge_test() {
    mail.from = {"Sam Ple", "Sam@example.org"};
    mail.message_id = "abc@client.test";
    call.set_number(123);
    call.set_subject("Printer on fire");
    call.set_text("It burns.");
    call.set_priority("2 High");
    call.set_status("Incident");
    call.mutable_user()->set_name("Sam Ple");
    user.set_name("Sam Ple");
  }

  mail::trust_verdict trust;

  /// What a new call's user is told.
  std::optional<record::v1::OutboxEntry> acknowledge(const partition_model& model) {
    auto logged = call;
    logged.mutable_user()->set_address(mail.from.addr);
    notice n{model, call_event::logged, logged, nullptr, user, nullptr, &mail};
    n.trust = trust.kind;
    n.id_token = "f00d";
    n.now = from_millis(5000);
    for (auto& entry : notify(n))
      if (entry.kind() == "acknowledgement") return std::move(entry);
    return {};
  }
  auto acknowledge() { return acknowledge(partition_model(config, general, 1)); }
  config::v1::MailText& texts() { return *config.mutable_texts()->mutable_acknowledgement(); }
};

}  // namespace

TEST_F(acknowledge_test, is_ready_for_the_outbox) {
  const auto entry = acknowledge();
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->id(), 0u);
  EXPECT_EQ(entry->call(), 123u);
  EXPECT_EQ(entry->kind(), "acknowledgement");
  EXPECT_EQ(entry->message_id(), "f00d.IT-000123@example.org");
  EXPECT_EQ(entry->subject(), "[IT-000123] Printer on fire");
  EXPECT_EQ(entry->text(), "Dear Sam Ple,\nyour call is IT-000123.");
  ASSERT_EQ(entry->recipients_size(), 1);
  EXPECT_EQ(entry->recipients(0).address(), "Sam@example.org");
  EXPECT_EQ(entry->recipients(0).state(), record::v1::OutboxRecipient::PENDING);
  EXPECT_EQ(entry->created_at(), 5000);
  EXPECT_EQ(entry->next_attempt_at(), 5000);
  EXPECT_FALSE(entry->settled());
}

TEST_F(acknowledge_test, goes_to_from_and_never_to_reply_to) {
  mail.reply_to = {"", "victim@elsewhere.test"};
  EXPECT_EQ(acknowledge()->recipients(0).address(), "Sam@example.org");
}

TEST_F(acknowledge_test, threads_under_the_mail_it_answers) {
  mail.references = {"one@client.test", "two@client.test"};
  const auto entry = acknowledge();
  EXPECT_EQ(entry->in_reply_to(), "abc@client.test");
  ASSERT_EQ(entry->references_size(), 3);
  EXPECT_EQ(entry->references(0), "one@client.test");
  EXPECT_EQ(entry->references(2), "abc@client.test");
}

TEST_F(acknowledge_test, threads_by_in_reply_to_when_the_mail_has_no_references) {
  mail.in_reply_to = "parent@client.test";
  const auto entry = acknowledge();
  ASSERT_EQ(entry->references_size(), 2);
  EXPECT_EQ(entry->references(0), "parent@client.test");
}

TEST_F(acknowledge_test, keeps_the_first_and_the_last_of_many_references) {
  for (int i = 0; i < 5000; ++i)
    mail.references.push_back("r" + std::to_string(i) + "@client.test");
  const auto entry = acknowledge();
  ASSERT_EQ(entry->references_size(), 20);
  EXPECT_EQ(entry->references(0), "r0@client.test");
  EXPECT_EQ(entry->references(1), "r4982@client.test");
  EXPECT_EQ(entry->references(18), "r4999@client.test");
  EXPECT_EQ(entry->references(19), "abc@client.test");
}

TEST_F(acknowledge_test, needs_no_message_id_to_answer) {
  mail.message_id.clear();
  const auto entry = acknowledge();
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->in_reply_to(), "");
  EXPECT_EQ(entry->references_size(), 0);
}

TEST_F(acknowledge_test, is_not_written_without_texts_or_an_active_server) {
  config.mutable_outgoing(0)->set_active(false);
  EXPECT_FALSE(acknowledge());
  config.mutable_outgoing(0)->set_active(true);
  EXPECT_TRUE(acknowledge());
  config.clear_texts();
  EXPECT_FALSE(acknowledge());
}

struct format_row {
  const char* default_format;
  bool per_person;
  const char* own;
  bool html;
};

TEST_F(acknowledge_test, is_html_with_a_text_alternative_or_text_only) {
  const format_row rows[] = {{"", false, "", true},          {"HTML", false, "", true},
                             {"PLAIN", false, "", false},    {"HTML", false, "PLAIN", true},
                             {"HTML", true, "PLAIN", false}, {"PLAIN", true, "HTML", true},
                             {"PLAIN", true, "", false},     {"PLAIN", false, "HTML", false}};
  for (const auto& r : rows) {
    general.set_default_format(r.default_format);
    general.set_message_format_per_person(r.per_person);
    user.set_format(r.own);
    const auto entry = acknowledge();
    EXPECT_FALSE(entry->text().empty());
    EXPECT_EQ(!entry->html().empty(), r.html) << r.default_format << r.per_person << r.own;
  }
}

TEST_F(acknowledge_test, makes_html_of_the_text_when_none_is_given) {
  call.mutable_user()->set_name("<b>Sam</b>");
  EXPECT_EQ(acknowledge()->html(), "Dear &lt;b&gt;Sam&lt;/b&gt;,<br>\nyour call is IT-000123.");
}

TEST_F(acknowledge_test, fills_and_escapes_every_placeholder_in_html) {
  texts().set_html(
      "<p "
      "title='{{user}}'>{{call}}|{{subject}}|{{priority}}|{{status}}|{{partition}}|{{text}}</p>");
  call.mutable_user()->set_name("O'Neil");
  call.set_subject("<script>");
  call.set_text("a & b\r\nc");
  EXPECT_EQ(acknowledge()->html(),
            "<p title='O&#39;Neil'>IT-000123|&lt;script&gt;|2 High|Incident|IT Service Desk|a "
            "&amp; b<br>\nc</p>");
}

TEST_F(acknowledge_test, has_a_subject_of_one_line_whatever_it_is_made_of) {
  texts().set_subject("{{subject}}\r\n{{user}}");
  call.set_subject("a\r\nBcc: victim@elsewhere.test");
  call.mutable_user()->set_name("Sam\nPle");
  EXPECT_EQ(acknowledge()->subject(), "a Bcc: victim@elsewhere.test Sam Ple");
}

TEST_F(acknowledge_test, carries_only_a_piece_of_a_long_text) {
  texts().set_text("{{text}}");
  call.set_text(std::string(100'000, 'x'));
  EXPECT_EQ(acknowledge()->text().size(), 4096u);
}

TEST_F(acknowledge_test, never_answers_machines_nor_the_partitions_own_addresses) {
  auto* other = config.add_outgoing();
  other->set_active(false);
  other->set_from("old@example.org");
  auto* pop = config.add_incoming();
  pop->set_login("helpline");
  for (const char* from : {"",
                           "<>",
                           "nobody",
                           "@example.org",
                           "no-reply@shop.test",
                           "NoReply@shop.test",
                           "do_not.reply@shop.test",
                           "noreply+tag@shop.test",
                           "MAILER-DAEMON@mx.test",
                           "postmaster@mx.test",
                           "helpdesk@example.org",
                           "HelpDesk@EXAMPLE.org",
                           "answers@example.org",
                           "old@example.org",
                           "it@example.org",
                           "helpline@example.org",
                           "helpdesk+it-000123.abcdefghijklmnopqrstuvwxyz@example.org",
                           "helpdesk+it-000001.3stg@example.org",
                           "helpline+x+y@example.org",
                           "a\r\nRCPT TO:<b@c.test>@d.test"}) {
    mail.from.addr = from;
    EXPECT_FALSE(acknowledge()) << from;
  }
  for (const char* from : {"noreen@example.org", "helpline@elsewhere.test", "reply@example.org",
                           "x@noreply.test", "ann+helpdesk@example.org", "+helpdesk@example.org"}) {
    mail.from.addr = from;
    EXPECT_TRUE(acknowledge()) << from;
  }
}

TEST_F(acknowledge_test, never_answers_another_partition_of_the_node) {
  config::v1::Settings settings;
  *settings.add_partitions() = config;
  auto& hr = *settings.add_partitions();
  auto* server = hr.add_outgoing();
  server->set_from("HR@people.test");
  server->set_reply_to("hr-answers@people.test");
  server->set_login("relay@people.test");
  hr.add_incoming()->set_login("hr-box");
  const std::array own{own_addresses(settings.partitions(0)), own_addresses(hr)};
  const auto is_own = [&](const std::string& a) {
    return own[0].contains(a) || own[1].contains(a);
  };
  const auto answer_to = [&](const char* from) {
    mail.from.addr = from;
    return acknowledge(partition_model(config, general, 1, is_own));
  };
  for (const char* from : {"hr@people.test", "Hr-Answers@People.test", "relay@people.test",
                           "hr-box@people.test", "helpdesk@example.org"})
    EXPECT_FALSE(answer_to(from)) << from;
  EXPECT_TRUE(answer_to("hr-box@example.org"));
  EXPECT_TRUE(answer_to("ann@people.test"));
}

TEST_F(acknowledge_test, never_answers_an_address_that_is_proved_not_to_be_the_senders) {
  trust.kind = mail::trust::unaligned;
  EXPECT_FALSE(acknowledge());
  trust.kind = mail::trust::none;
  EXPECT_TRUE(acknowledge());
}

TEST_F(acknowledge_test, never_answers_what_a_program_wrote) {
  mail.author.kind = mail::origin::generated;
  EXPECT_FALSE(acknowledge());
}
