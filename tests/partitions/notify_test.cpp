#include "notify_fixture.hpp"

namespace postroom::partitions {
namespace {

using record::v1::CallUpdate;
using test::notify_test;

TEST_F(notify_test, tells_user_analyst_and_group_of_a_new_call) {
  const auto all = entries(call_event::logged);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(
      told(call_event::logged),
      (list{"sam@example.com: Dear Sam Ple,\nyour call is IT-000123.",
            "ana@example.org: logged to analyst", "first-line@example.org: logged to group"}));
  EXPECT_EQ(all[0].kind(), "acknowledgement");
  EXPECT_EQ(all[1].kind(), "notification");
  for (const auto& e : all) {
    EXPECT_EQ(e.call(), 123u);
    EXPECT_EQ(e.id(), 0u);
    EXPECT_EQ(e.subject(), "[IT-000123] Printer");
    EXPECT_EQ(e.loop_mark(), "mark");
    EXPECT_EQ(e.created_at(), 5000);
    EXPECT_EQ(e.next_attempt_at(), 5000);
  }
}

TEST_F(notify_test, tells_of_every_event_what_its_text_says) {
  for (const auto what :
       {call_event::updated, call_event::closed, call_event::reopened, call_event::assigned}) {
    const std::string event(to_string(what));
    EXPECT_EQ(told(what), (list{"sam@example.com: " + event + " to user",
                                "ana@example.org: " + event + " to analyst",
                                "first-line@example.org: " + event + " to group"}));
    EXPECT_EQ(entries(what)[0].kind(), "notification");
  }
}

TEST_F(notify_test, tells_nobody_for_whom_there_is_no_text_or_no_server) {
  config.mutable_texts()->clear_notifications();
  EXPECT_EQ(told(call_event::updated), list{});
  EXPECT_EQ(told(call_event::logged).size(), 1u);
  config.mutable_outgoing(0)->set_active(false);
  EXPECT_EQ(told(call_event::logged), list{});
}

TEST_F(notify_test, tells_nobody_of_what_they_did_themselves_but_answers_the_users_mail) {
  const auto user = "sam@example.com: updated to user";
  const auto analyst = "ana@example.org: updated to analyst";
  const auto group = "first-line@example.org: updated to group";
  *update.mutable_by() = call.logging_analyst();
  EXPECT_EQ(told(call_event::updated, false), (list{user, group}));
  sent_by("Ana@Example.org");
  EXPECT_EQ(told(call_event::updated), (list{user, group}));
  sent_by("first-line@example.org");
  update.clear_by();
  EXPECT_EQ(told(call_event::updated), (list{user, analyst}));
  *update.mutable_by() = call.user();
  EXPECT_EQ(told(call_event::updated, false), (list{analyst, group}));
  sent_by("sam@elsewhere.test");  // an address nobody knew yet
  EXPECT_EQ(told(call_event::updated),
            (list{"sam@elsewhere.test: updated to user", analyst, group}));
  update.clear_by();
  update.set_who("root");
  EXPECT_EQ(told(call_event::updated, false), (list{user, analyst, group}));
}

TEST_F(notify_test, tells_each_recipient_once) {
  config.mutable_group_addresses(0)->set_address("ANA@example.org");
  EXPECT_EQ(told(call_event::closed),
            (list{"sam@example.com: closed to user", "ana@example.org: closed to analyst"}));
  ana.set_addresses(0, "Sam@example.com");
  config.mutable_group_addresses(0)->set_address("sam@EXAMPLE.com");
  update.clear_by();
  EXPECT_EQ(told(call_event::closed, false), (list{"sam@example.com: closed to user"}));
}

TEST_F(notify_test, passes_over_who_is_away_for_good_or_cannot_be_written_to) {
  ana.set_active(false);
  call.set_group("Other");
  EXPECT_EQ(told(call_event::closed).size(), 1u);
  ana.set_active(true);
  for (const char* address :
       {"", "nobody", "@example.org", "noreply@shop.test", "bounces@example.org",
        "helpdesk@example.org", "it@example.org", "a\r\nRCPT TO:<b@c.test>@d.test"}) {
    ana.set_addresses(0, address);
    EXPECT_EQ(told(call_event::closed).size(), 1u) << address;
    call.mutable_user()->set_address(address);
    sam.set_addresses(0, address);
    update.clear_by();
    EXPECT_EQ(told(call_event::closed, false).size(), 0u) << address;
    call.mutable_user()->set_address("sam@example.com");
    sam.set_addresses(0, "sam@example.com");
    *update.mutable_by() = call.user();
  }
}

TEST_F(notify_test, never_tells_an_address_of_another_partition_of_the_node) {
  const partition_model model(config, general, 1,
                              [](const std::string& a) { return a == "first-line@example.org"; });
  EXPECT_EQ(notify(about(model, call_event::closed)).size(), 2u);
}

TEST_F(notify_test, is_silent_when_a_program_answered_or_reported) {
  using mail::origin;
  for (const auto kind : {origin::auto_reply, origin::out_of_office, origin::report}) {
    mail.author.kind = kind;
    EXPECT_EQ(told(call_event::logged), list{});
    EXPECT_EQ(told(call_event::updated), list{});
  }
  mail.author = {};
  for (const auto kind : {CallUpdate::REPORT, CallUpdate::AUTO_REPLY, CallUpdate::FLOOD}) {
    update.set_kind(kind);
    EXPECT_EQ(told(call_event::updated), list{});
  }
}

TEST_F(notify_test, tells_staff_but_no_user_of_what_another_helpdesk_wrote) {
  mail.author.kind = mail::origin::generated;
  mail.author.loop_marks = "0123";
  sent_by("desk@example.net");
  EXPECT_EQ(told(call_event::logged), (list{"ana@example.org: logged to analyst",
                                            "first-line@example.org: logged to group"}));
}

TEST_F(notify_test, tells_staff_alone_of_a_flood) {
  update.set_kind(CallUpdate::FLOOD);
  EXPECT_EQ(told(call_event::flood),
            (list{"ana@example.org: flood to analyst", "first-line@example.org: flood to group"}));
}

TEST_F(notify_test, tells_staff_but_no_user_of_what_no_person_wrote) {
  using mail::origin;
  for (const auto kind : {origin::generated, origin::list, origin::bulk}) {
    mail.author.kind = kind;
    sent_by("sam@example.com");
    EXPECT_EQ(told(call_event::logged).size(), 2u);
    sent_by("monitor@example.com");
    update.clear_by();
    EXPECT_EQ(told(call_event::updated).size(), 2u);
  }
}

TEST_F(notify_test, never_writes_to_the_address_that_a_forged_mail_bears) {
  const partition_model model(config, general, 1);
  for (const auto what : {call_event::logged, call_event::updated}) {
    auto n = about(model, what);
    n.trust = mail::trust::unaligned;
    const auto all = notify(n);
    ASSERT_EQ(all.size(), 2u);
    for (const auto& e : all) EXPECT_NE(e.recipients(0).address(), "sam@example.com");
    n.trust = mail::trust::aligned;
    EXPECT_EQ(notify(n).size(), 3u);
  }
}

TEST_F(notify_test, a_mail_that_wants_no_answer_is_told_to_others) {
  mail.author.wants_none = "X-Auto-Response-Suppress: All";
  EXPECT_EQ(told(call_event::updated).size(), 2u);
  sent_by("ana@example.org");
  *update.mutable_by() = call.logging_analyst();
  EXPECT_EQ(told(call_event::updated),
            (list{"sam@example.com: updated to user", "first-line@example.org: updated to group"}));
}

TEST_F(notify_test, speaks_the_language_of_who_reads_it_in_the_format_they_want) {
  add_text("logged", "user", "de");
  add_text("closed", "analyst", "de-AT");
  general.set_message_format_per_person(true);
  sam.set_language("de-CH");
  sam.set_format("PLAIN");
  ana.set_language("de-AT");
  auto all = entries(call_event::logged);
  EXPECT_EQ(all.at(0).text(), "logged to userde");
  EXPECT_EQ(all.at(0).html(), "");
  EXPECT_EQ(all.at(1).html(), "logged to analyst");
  all = entries(call_event::closed);
  EXPECT_EQ(all.at(1).text(), "closed to analystde-AT");
  EXPECT_EQ(all.at(2).text(), "closed to group");
}

TEST_F(notify_test, message_ids_and_reply_to_bear_a_tag_for_each_recipient) {
  const partition_model plain(config, general, 1);
  auto n = about(plain, call_event::logged);
  auto all = notify(n);
  EXPECT_EQ(all.at(0).message_id(), "f00d.IT-000123@example.org");
  EXPECT_EQ(all.at(1).message_id(), "f00d-a.IT-000123@example.org");
  EXPECT_EQ(all.at(2).message_id(), "f00d-g.IT-000123@example.org");
  n.tags = &tags;
  all = notify(n);
  for (const auto& e : all) {
    const auto found = mail::find_reference(e.message_id());
    ASSERT_TRUE(found) << e.message_id();
    EXPECT_TRUE(tags.check(*found, e.recipients(0).address()));
    EXPECT_FALSE(tags.check(*found, "other@example.org"));
    EXPECT_EQ(found->call.number.value, 123u);
    EXPECT_EQ(e.reply_to(), "");
  }
}

TEST_F(notify_test, answers_go_to_a_tagged_address_where_the_server_delivers_such) {
  config.mutable_outgoing(0)->set_tagged_reply_to(true);
  const partition_model model(config, general, 1);
  auto n = about(model, call_event::logged);
  EXPECT_EQ(notify(n).at(0).reply_to(), "") << "there are no tags";
  n.tags = &tags;
  for (const auto& e : notify(n)) {
    EXPECT_TRUE(e.reply_to().starts_with("answers+IT-000123.")) << e.reply_to();
    EXPECT_TRUE(tags.check(*mail::find_reference(e.reply_to()), e.recipients(0).address()));
  }
  config.mutable_outgoing(0)->clear_reply_to();
  const partition_model from(config, general, 1);
  auto m = about(from, call_event::logged);
  m.tags = &tags;
  EXPECT_TRUE(notify(m).at(0).reply_to().starts_with("helpdesk+IT-000123."));
  config.mutable_outgoing(0)->set_reply_to(std::string(40, 'x') + "@example.org");
  const partition_model too_long(config, general, 1);
  auto l = about(too_long, call_event::logged);
  l.tags = &tags;
  EXPECT_EQ(notify(l).at(0).reply_to(), "");
}

TEST_F(notify_test, only_the_author_of_the_mail_gets_an_answer_to_it) {
  mail.references = {"first@client.test"};
  const auto all = entries(call_event::updated);
  EXPECT_EQ(all.at(0).in_reply_to(), "mail@client.test");
  EXPECT_EQ(all.at(1).in_reply_to(), "");
  for (const auto& e : all) {
    ASSERT_EQ(e.references_size(), 2);
    EXPECT_EQ(e.references(0), "first@client.test");
    EXPECT_EQ(e.references(1), "mail@client.test");
  }
  update.clear_by();
  const auto by_hand = entries(call_event::closed, false);
  ASSERT_EQ(by_hand.at(0).references_size(), 1);
  EXPECT_EQ(by_hand.at(0).references(0), "first@client.test");
  EXPECT_EQ(by_hand.at(0).in_reply_to(), "");
}

TEST_F(notify_test, works_without_an_analyst_a_group_or_a_message_id) {
  call.clear_group();
  call.clear_message_id();
  update.clear_by();
  const partition_model model(config, general, 1);
  auto n = about(model, call_event::closed);
  n.analyst = nullptr;
  n.mail = nullptr;
  const auto all = notify(n);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].references_size(), 0);
}

TEST_F(notify_test, why_a_mail_may_not_be_answered_is_said_without_its_address) {
  const partition_model model(config, general, 1);
  EXPECT_TRUE(may_answer(model, mail).allowed);
  for (const char* from : {"", "noreply@shop.test", "helpdesk@example.org"}) {
    mail.from.addr = from;
    const auto said = may_answer(model, mail);
    EXPECT_FALSE(said.allowed);
    EXPECT_FALSE(said.reason.empty());
    EXPECT_EQ(said.reason.find('@'), std::string::npos) << said.reason;
  }
}

}  // namespace
}  // namespace postroom::partitions
