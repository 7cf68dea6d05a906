#include "partitions/texts.hpp"

#include <gtest/gtest.h>

#include <map>

#include "fixtures.hpp"

namespace postroom::partitions {
namespace {

record::v1::Call some_call() {
  record::v1::Call call;
  call.set_number(123);
  call.set_subject("Printer");
  call.set_text("It burns.");
  call.set_priority("2 High");
  call.set_status("Incident");
  call.set_group("First line");
  call.set_office("Leeds");
  call.set_impact("High");
  call.set_urgency("Normal");
  call.mutable_user()->set_name("Sam Ple");
  call.mutable_logging_analyst()->set_name("Ana Lyst");
  return call;
}

std::map<std::string, std::string> values(const record::v1::Call& call, call_event what,
                                          const record::v1::CallUpdate* update) {
  std::map<std::string, std::string> out;
  for (const auto& v : values_of(test::valid_partition(), call, what, update))
    EXPECT_TRUE(out.emplace(v.name, v.value).second) << v.name;
  return out;
}

TEST(texts, every_name_has_the_value_of_the_call) {
  const auto found = values(some_call(), call_event::logged, nullptr);
  const std::map<std::string, std::string> wanted{
      {"call", "IT-000123"},  {"subject", "Printer"},  {"user", "Sam Ple"},
      {"priority", "2 High"}, {"status", "Incident"},  {"partition", "IT Service Desk"},
      {"text", "It burns."},  {"group", "First line"}, {"office", "Leeds"},
      {"impact", "High"},     {"urgency", "Normal"},   {"analyst", "Ana Lyst"},
      {"state", "open"},      {"event", "logged"},     {"reason", ""},
      {"update_text", ""},    {"update_by", ""},       {"flood_mails", ""},
      {"unverified", ""}};
  EXPECT_EQ(found, wanted);
  EXPECT_EQ(text_names().size(), wanted.size());
  for (const auto name : text_names()) EXPECT_TRUE(wanted.contains(std::string(name))) << name;
}

TEST(texts, a_flood_is_told_to_staff_who_are_told_of_anything_and_in_own_words_where_there_are) {
  config::v1::MailTexts texts;
  const auto add = [&](const char* event, const char* audience) {
    auto& n = *texts.add_notifications();
    n.set_event(event);
    n.set_audience(audience);
    n.mutable_content()->set_text(event);
  };
  EXPECT_EQ(find_text(texts, call_event::flood, audience::group, ""), nullptr);
  add("updated", "group");
  add("closed", "analyst");
  add("updated", "user");
  ASSERT_NE(find_text(texts, call_event::flood, audience::group, ""), nullptr);
  EXPECT_NE(find_text(texts, call_event::flood, audience::group, "")->text().find("{{call}}"),
            std::string::npos);
  EXPECT_EQ(find_text(texts, call_event::flood, audience::analyst, ""), nullptr);
  EXPECT_EQ(find_text(texts, call_event::flood, audience::user, ""), nullptr);
  add("flood", "group");
  EXPECT_EQ(find_text(texts, call_event::flood, audience::group, "")->text(), "flood");
}

TEST(texts, an_update_brings_who_why_and_only_its_new_words) {
  auto call = some_call();
  call.set_state(record::v1::CLOSED);
  record::v1::CallUpdate u;
  u.set_text("Thanks!\n-- \nSam\n> It burns.");
  u.set_signature_at(8);
  u.set_quoted_at(16);
  u.set_who("root");
  u.set_reason("solved");
  auto found = values(call, call_event::closed, &u);
  EXPECT_EQ(found["update_text"], "Thanks!");
  EXPECT_EQ(found["update_by"], "root");
  EXPECT_EQ(found["reason"], "solved");
  EXPECT_EQ(found["state"], "closed");
  EXPECT_EQ(found["event"], "closed");
  u.mutable_by()->set_name("Sam Ple");
  u.clear_signature_at();
  u.clear_quoted_at();
  found = values(call, call_event::updated, &u);
  EXPECT_EQ(found["update_by"], "Sam Ple");
  EXPECT_EQ(found["update_text"], u.text());
}

TEST(texts, only_what_a_sender_sent_who_is_not_proved_is_unverified) {
  auto call = some_call();
  call.mutable_decision()->set_trust(record::v1::UNALIGNED);
  call.mutable_decision()->set_trust_evidence("dmarc=fail");
  record::v1::CallUpdate u;
  u.set_trust(record::v1::ALIGNED);
  u.set_trust_evidence("dmarc=pass");
  EXPECT_EQ(values(call, call_event::logged, nullptr)["unverified"], "dmarc=fail");
  EXPECT_EQ(values(call, call_event::updated, &u)["unverified"], "");
  u.set_trust(record::v1::UNALIGNED);
  u.clear_trust_evidence();
  EXPECT_EQ(values(call, call_event::updated, &u)["unverified"], "nothing proves the address");
  call.mutable_decision()->set_trust(record::v1::UNCHECKED);
  EXPECT_EQ(values(call, call_event::logged, nullptr)["unverified"], "");
}

void add(config::v1::MailTexts& texts, const char* event, const char* to, const char* language) {
  auto& n = *texts.add_notifications();
  n.set_event(event);
  n.set_audience(to);
  n.set_language(language);
  n.mutable_content()->set_text(std::string(event) + " " + to + " " + language);
}

TEST(texts, are_found_by_language_from_the_exact_one_to_the_one_for_everyone) {
  config::v1::MailTexts texts;
  texts.mutable_acknowledgement()->set_text("ack");
  for (const auto* language : {"de", "de-AT", "fr-CA"}) add(texts, "logged", "user", language);
  add(texts, "closed", "user", "de");
  add(texts, "closed", "analyst", "");
  const auto text = [&](call_event what, audience to, const char* language) {
    const auto* found = find_text(texts, what, to, language);
    return found == nullptr ? std::string("nothing") : found->text();
  };
  using enum call_event;
  const auto user = audience::user;
  EXPECT_EQ(text(logged, user, "de-AT"), "logged user de-AT");
  EXPECT_EQ(text(logged, user, "DE-at"), "logged user de-AT");
  EXPECT_EQ(text(logged, user, "de-CH"), "logged user de");
  EXPECT_EQ(text(logged, user, "de"), "logged user de");
  EXPECT_EQ(text(logged, user, "fr"), "ack");
  EXPECT_EQ(text(logged, user, "fr-BE"), "ack");
  EXPECT_EQ(text(logged, user, ""), "ack");
  EXPECT_EQ(text(closed, user, "fr"), "nothing");
  EXPECT_EQ(text(closed, user, "de-CH"), "closed user de");
  EXPECT_EQ(text(closed, audience::analyst, "de"), "closed analyst ");
  EXPECT_EQ(text(closed, audience::group, ""), "nothing");
  texts.clear_acknowledgement();
  EXPECT_EQ(text(logged, user, "fr"), "nothing");
}

TEST(texts, know_language_tags_by_their_form) {
  for (const auto* tag : {"de", "pt-BR", "zh-Hant-TW", "de-1996", "sr-Latn", "en-x-p", "haw"})
    EXPECT_TRUE(is_language_tag(tag)) << tag;
  for (const auto* tag : {"", "d", "german-", "-de", "de--AT", "de_AT", "d1", "languages1", "de AT",
                          "de-123456789", "aa-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa"})
    EXPECT_FALSE(is_language_tag(tag)) << tag;
}

TEST(texts, read_words_as_they_are_written_and_no_others) {
  for (const auto word : call_events) EXPECT_EQ(to_string(*read_call_event(word)), word);
  for (const auto word : audiences) EXPECT_EQ(to_string(*read_audience(word)), word);
  EXPECT_FALSE(read_call_event("Logged"));
  EXPECT_FALSE(read_audience(""));
}

TEST(texts, are_written_with_a_subject_of_one_short_line) {
  config::v1::MailText t;
  t.set_text("x");
  const auto written =
      write_text(t, {{"call", "IT-1"}, {"subject", "a\r\nBcc: b"}}, text_format::plain, {});
  EXPECT_EQ(written.subject, "[IT-1] a Bcc: b");
  EXPECT_EQ(written.html, "");
  t.set_subject("{{text}}");
  EXPECT_LE(
      write_text(t, {{"text", std::string(5000, 'x')}}, text_format::plain, {}).subject.size(),
      998u);
}

}  // namespace
}  // namespace postroom::partitions
