#include "tests/actors/ingest_fixture.hpp"

namespace postroom::actors::test {
namespace {

using names = std::vector<std::string>;

/// Lists, rules, limits and floods, as the commit shows them.
struct ingest_handling_test : ingest_test {
  config::v1::RoutingRule& rule(const std::string& name, const std::string& subject) {
    auto& r = *config.add_rules();
    r.set_name(name);
    auto& when = *r.add_when();
    when.set_field("subject");
    when.set_contains(subject);
    return r;
  }
  mail_item mail(uint64_t uid, const std::string& subject,
                 const std::string& from = "una@example.com") {
    return item_of(uid, "m" + std::to_string(uid) + "@x", from, "Subject: " + subject + "\r\n",
                   "Text " + std::to_string(uid) + "\r\n");
  }
  std::vector<record::v1::OutboxEntry> forwarded() const {
    std::vector<record::v1::OutboxEntry> out;
    for (auto& e : all<record::v1::OutboxEntry>(keys::kind::outbox))
      if (e.kind() == "forward") out.push_back(e);
    return out;
  }
  record::v1::Call call(uint64_t n) const {
    return record<record::v1::Call>(keys::call(call_number{n}));
  }
};

TEST_F(ingest_handling_test, a_rule_routes_a_mail_and_its_hits_are_counted) {
  auto& r = rule("urgent", "fire");
  r.mutable_then()->set_impact("High");
  r.mutable_then()->add_tags("alarm");
  ASSERT_TRUE(take({mail(1, "a fire"), mail(2, "paper")}));
  ASSERT_TRUE(take({mail(3, "fire again")}));
  EXPECT_EQ(call(1).impact(), "High");
  EXPECT_EQ(call(1).priority(), "1 Critical");
  EXPECT_EQ(call(1).tags(0), "alarm");
  EXPECT_EQ(call(1).decision().rules(0), "urgent");
  EXPECT_EQ(call(2).impact(), "Low");
  EXPECT_EQ(record<record::v1::RuleHits>(keys::rule_hits("urgent")).hits(), 2u);
}

TEST_F(ingest_handling_test, a_rule_reads_the_header_whose_lines_end_in_bare_carriage_returns) {
  auto& r = *config.add_rules();
  r.set_name("alarm");
  auto& when = *r.add_when();
  when.set_field("header");
  when.set_header("X-Alarm");
  when.set_is("fire");
  r.mutable_then()->set_impact("High");
  auto item = mail(1, "x");
  std::string raw = "X-Alarm: fire\r\n" + *item.raw;
  std::erase(raw, '\n');
  item.raw = std::make_shared<const std::string>(std::move(raw));
  ASSERT_TRUE(take({item}));
  EXPECT_EQ(call(1).decision().rules_size(), 1);
}

TEST_F(ingest_handling_test, a_refused_mail_is_kept_makes_nobody_known_and_is_not_answered) {
  rule("ads", "cheap").mutable_then()->set_suppress("advertisement");
  rule("odd", "strange").mutable_then()->set_quarantine("odd");
  auto b = batch_of({mail(1, "cheap pens"), mail(2, "strange")});
  auto found = ingest::look_up(*unit, {b}, {}, *model_of(config), *reply_keys);
  ASSERT_TRUE(found);
  EXPECT_FALSE(ingest::needs_sender(b->items[0], found->mails[0][0]));
  ASSERT_TRUE(take({b}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 suppressed:advertisement", "it-in/7/2 quarantined:odd"}));
  EXPECT_EQ(count(keys::kind::mail), 2u);
  EXPECT_EQ(count(keys::kind::quarantine), 1u);
  EXPECT_EQ(count(keys::kind::outbox), 0u);
  EXPECT_EQ(raw_of(1), *b->items[0].raw);
}

TEST_F(ingest_handling_test, a_denied_sender_goes_to_the_quarantine) {
  config.mutable_senders()->add_deny("@example.com");
  ASSERT_TRUE(take({mail(1, "x"), mail(2, "x", "ann@example.net")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 quarantined:sender_denied", "it-in/7/2 logged"}));
}

TEST_F(ingest_handling_test, a_rule_forwards_the_mail_beside_the_call_but_never_one_of_ours) {
  rule("boss", "boss").mutable_then()->set_forward("boss@example.net");
  auto ours = mail(2, "for the boss");
  auto parsed = *ours.parsed;
  parsed.author.loop_marks = reply_keys->loop_mark;
  ours.parsed = std::make_shared<const mail::parsed_mail>(parsed);
  ASSERT_TRUE(take({mail(1, "for the boss"), ours}));
  const auto forwards = forwarded();
  ASSERT_EQ(forwards.size(), 1u);
  EXPECT_EQ(forwards[0].recipients(0).address(), "boss@example.net");
  EXPECT_EQ(forwards[0].attached_mail(), 1u);
  EXPECT_EQ(forwards[0].call(), 1u);
  EXPECT_EQ(forwards[0].loop_mark(), reply_keys->loop_mark);
}

TEST_F(ingest_handling_test, what_a_rule_refuses_it_forwards_all_the_same_and_the_ledger_says_so) {
  auto& ads = rule("ads", "cheap");
  ads.mutable_then()->set_suppress("advertisement");
  ads.mutable_then()->set_forward("net@example.net");
  rule("boss", "strange").mutable_then()->set_forward("boss@example.net");
  rule("odd", "strange").mutable_then()->set_quarantine("odd");
  ASSERT_TRUE(take({mail(1, "cheap pens"), mail(2, "strange")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 suppressed:advertisement", "it-in/7/2 quarantined:odd"}));
  const auto sent = all<record::v1::OutboxEntry>(keys::kind::outbox);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].recipients(0).address(), "net@example.net");
  EXPECT_EQ(sent[0].attached_mail(), 1u);
  EXPECT_EQ(sent[0].call(), 0u);
  const auto e = record<record::v1::LedgerEntry>(keys::ledger(mail(2, "").key));
  EXPECT_EQ(e.forwarded(0), "boss@example.net");
  EXPECT_EQ(e.sent(0), 2u);
  EXPECT_EQ(count(keys::kind::quarantine), 1u);
}

TEST_F(ingest_handling_test, the_ledger_keeps_what_was_found_of_a_mail_whatever_becomes_of_it) {
  rule("ads", "cheap").mutable_then()->set_suppress("advertisement");
  auto refused = mail(1, "cheap pens");
  refused.trust = {mail::trust::unaligned, "dmarc=fail header.from=example.com"};
  auto copy = mail(2, "cheap pens");
  copy.content_hash = refused.content_hash;
  ASSERT_TRUE(take({refused}));
  ASSERT_TRUE(take({copy, mail(3, "paper")}));
  const auto e = record<record::v1::LedgerEntry>(keys::ledger(refused.key));
  EXPECT_EQ(e.sender(), "una@example.com");
  EXPECT_EQ(e.trust(), record::v1::UNALIGNED);
  EXPECT_EQ(e.trust_evidence(), "dmarc=fail header.from=example.com");
  EXPECT_EQ(e.origin(), "person");
  EXPECT_EQ(record<record::v1::LedgerEntry>(keys::ledger(copy.key)).origin(), "person");
  EXPECT_EQ(record<record::v1::MailKey>(keys::copy(refused.key, copy.key)).uid(), 2u);
  EXPECT_EQ(record<record::v1::LedgerEntry>(keys::ledger(mail(3, "").key)).sent_size(), 1)
      << "the acknowledgement";
}

TEST_F(ingest_handling_test, what_is_stripped_is_not_forwarded_but_the_text_is) {
  rule("boss", "boss").mutable_then()->set_forward("boss@example.net");
  config.mutable_attachments()->add_block_names("*.exe");
  config.mutable_attachments()->set_action("strip");
  auto item = mail(1, "for the boss");
  auto parsed = *item.parsed;
  parsed.attachments = {{"a.pdf", "application/pdf", 10, false, ""},
                        {"evil.exe", "application/octet-stream", 10, false, ""}};
  item.parsed = std::make_shared<const mail::parsed_mail>(parsed);
  ASSERT_TRUE(take({item}));
  const auto forwards = forwarded();
  ASSERT_EQ(forwards.size(), 1u);
  EXPECT_EQ(forwards[0].attached_mail(), 0u);
  EXPECT_EQ(forwards[0].text(),
            "A rule of IT Service Desk sends you this mail from una@example.com. It is not "
            "attached: the attachment policy keeps a part of it back. It is kept as mail IT/1.\n"
            "- a.pdf\n- evil.exe (withheld: its name is blocked by \"*.exe\")\n\nText 1\n");
  EXPECT_NE(call(1).attachments(1).withheld(), "");
}

TEST_F(ingest_handling_test, a_mail_tagged_infected_is_not_forwarded) {
  rule("boss", "boss").mutable_then()->set_forward("boss@example.net");
  auto item = mail(1, "for the boss");
  item.scan = {scan_result::state::infected, "Eicar"};
  ASSERT_TRUE(take({item}));
  EXPECT_EQ(call(1).tags(0), "infected");
  EXPECT_TRUE(forwarded().empty());
  const auto notes = record<record::v1::LedgerEntry>(keys::ledger(item.key)).notes();
  EXPECT_NE(std::ranges::find(notes, "It is not forwarded: it is tagged infected."), notes.end());
}

TEST_F(ingest_handling_test, a_call_knows_what_the_pictures_in_its_html_are_called) {
  auto item = mail(1, "x");
  auto parsed = *item.parsed;
  parsed.attachments = {{"image.png", "image/png", 10, true, "shot@1"},
                        {"image.png", "image/png", 20, true, "shot@2"}};
  item.parsed = std::make_shared<const mail::parsed_mail>(parsed);
  ASSERT_TRUE(take({item}));
  EXPECT_EQ(call(1).attachments(0).content_id(), "shot@1");
  EXPECT_EQ(call(1).attachments(1).content_id(), "shot@2");
}

TEST_F(ingest_handling_test, a_flood_becomes_one_call_with_a_counter_and_is_not_answered) {
  config.mutable_answer_limits()->set_flood_after(3);
  std::vector<mail_item> many;
  for (uint64_t uid = 1; uid <= 8; ++uid) many.push_back(mail(uid, "alarm"));
  many.push_back(mail(9, "mine", "ann@example.net"));
  ASSERT_TRUE(take(many));
  EXPECT_EQ(count(keys::kind::call), 4u);
  EXPECT_EQ(call(3).flood_mails(), 5u);
  EXPECT_EQ(call(3).updates(), 5u);
  EXPECT_EQ(ledger()[7], "it-in/7/8 updated");
  EXPECT_EQ(count(keys::kind::mail), 9u);
  EXPECT_EQ(count(keys::kind::outbox), 4u);
  now += duration{11 * 60'000};
  ASSERT_TRUE(take({mail(10, "later")}));
  EXPECT_EQ(count(keys::kind::call), 5u);
}

TEST_F(ingest_handling_test, answers_are_limited_and_the_call_says_so) {
  config.mutable_answer_limits()->set_per_sender(2);
  ASSERT_TRUE(take({mail(1, "a"), mail(2, "b"), mail(3, "c")}));
  EXPECT_EQ(count(keys::kind::call), 3u);
  EXPECT_EQ(count(keys::kind::outbox), 2u);
  EXPECT_EQ(call(1).decision().answer(), "Its sender is answered.");
  EXPECT_NE(call(3).decision().answer().find("Nothing is answered: "), std::string::npos);
}

TEST_F(ingest_handling_test, an_unproved_sender_is_taken_as_a_user_and_not_answered) {
  auto forged = mail(1, "x");
  forged.trust = {mail::trust::unaligned, "dmarc=fail header.from=example.com"};
  ASSERT_TRUE(take({forged}));
  EXPECT_TRUE(call(1).unverified());
  EXPECT_EQ(count(keys::kind::outbox), 0u);
  EXPECT_EQ(call(1).decision().answer(), "Nothing is answered: its sender is not proved.");
}

TEST_F(ingest_handling_test, an_acknowledgement_bears_a_reference_signed_for_its_recipient) {
  ASSERT_TRUE(take({mail(1, "x")}));
  const auto sent = record<record::v1::OutboxEntry>(keys::outbox(1));
  const auto reference = mail::find_reference(sent.message_id());
  ASSERT_TRUE(reference) << sent.message_id();
  EXPECT_TRUE(reply_keys->tags.check(*reference, "una@example.com"));
  EXPECT_FALSE(reply_keys->tags.check(*reference, "eve@example.com"));
}

}  // namespace
}  // namespace postroom::actors::test
