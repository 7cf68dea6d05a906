#include "config/writer.hpp"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

namespace postroom::config {
namespace {

using google::protobuf::util::MessageDifferencer;

/// What is read back from what is written.
template <class Message>
Message back(const Message& m) {
  Message out;
  std::vector<file_problem> problems;
  const auto yaml = write_yaml(m);
  read_message(yaml, "x.yaml", out, problems);
  EXPECT_TRUE(problems.empty()) << yaml << (problems.empty() ? "" : problems[0].what);
  EXPECT_TRUE(MessageDifferencer::Equals(out, m)) << yaml;
  return out;
}

TEST(writer, text_of_any_kind_comes_back_as_it_was) {
  for (const auto* text : {"plain",       "true",       "No",       "null",
                           "~",           "12",         "1e3",      "0x1f",
                           "2026-11-01",  "- a",        "a: b",     "a #b",
                           "#a",          "a:",         " blanks ", "two\nlines\n",
                           "tab\t",       "\"quoted\"", "it's",     "{a}",
                           "[a]",         "&a",         "*a",       "!a",
                           "%a",          "@a",         "`a",       "Überweisung – ja",
                           "a\\b",        "=",          "<<",       "env:IT_PASSWORD",
                           "\xE2\x80\xA8"}) {
    v1::Person p;
    p.set_name(text);
    p.add_addresses(text);
    back(p);
  }
}

TEST(writer, every_field_of_a_partition_comes_back) {
  v1::Partition p;
  p.set_id("IT");
  p.add_impacts("1");
  p.add_impacts("High impact");
  auto& row = *p.add_matrix();
  row.set_impact("1");
  (*row.mutable_priority())["on"] = "3 Low";
  (*row.mutable_priority())["Urgent now"] = "true";
  auto& server = *p.add_incoming();
  server.set_name("it-in");
  server.set_port(993);
  server.set_active(false);
  server.set_use_linked_analyst(true);
  server.add_auth_methods("CRAM-MD5");
  p.add_people();
  p.mutable_texts()->mutable_acknowledgement()->set_text("Dear {user},\n\nyour call\n");
  back(p);
}

TEST(writer, a_field_is_set_from_text_by_its_type) {
  v1::IncomingServer s;
  ASSERT_TRUE(set_field(s, "port", "993"));
  ASSERT_TRUE(set_field(s, "active", "false"));
  ASSERT_TRUE(set_field(s, "host", "a=b, c"));
  ASSERT_TRUE(set_field(s, "auth_methods", "PLAIN, LOGIN"));
  EXPECT_EQ(s.port(), 993u);
  EXPECT_TRUE(s.has_active() && !s.active());
  EXPECT_EQ(s.host(), "a=b, c");
  ASSERT_EQ(s.auth_methods_size(), 2);
  EXPECT_EQ(s.auth_methods(1), "LOGIN");
  ASSERT_TRUE(set_field(s, "auth_methods", "NTLM"));
  EXPECT_EQ(s.auth_methods_size(), 1) << "it replaces what was there";
  ASSERT_TRUE(set_field(s, "active", ""));
  EXPECT_FALSE(s.has_active());
}

TEST(writer, a_field_or_value_that_is_none_is_refused_with_what_to_do) {
  v1::IncomingServer s;
  EXPECT_EQ(set_field(s, "prot", "1").code(), ec::config_invalid);
  for (const auto* wrong : {"-1", "x", "1x", "4294967296"})
    EXPECT_EQ(set_field(s, "port", wrong).code(), ec::config_invalid) << wrong;
  EXPECT_EQ(set_field(s, "active", "yes").error().detail, "active: write true or false");
  v1::Partition p;
  EXPECT_NE(set_field(p, "incoming", "x").error().detail.find("-f FILE"), std::string::npos);
}

}  // namespace
}  // namespace postroom::config
