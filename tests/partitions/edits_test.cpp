#include "partitions/edits.hpp"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "partitions/changes.hpp"
#include "tests/partitions/fixtures.hpp"

namespace postroom::partitions::test {
namespace {

using config::v1::IncomingServer;
using config::v1::OAuthClient;
using config::v1::OutgoingServer;
using config::v1::Partition;
using config::v1::Settings;
using google::protobuf::util::MessageDifferencer;
using lines = std::vector<std::string>;

/// HR has a server of its own, as its mails lie elsewhere.
Settings two_departments() {
  auto s = valid_settings();
  auto hr = valid_partition();
  hr.set_id("HR");
  hr.mutable_incoming(0)->set_name("hr-in");
  hr.mutable_incoming(0)->set_login("hr@example.org");
  hr.mutable_outgoing(0)->set_name("hr-out");
  *s.add_partitions() = hr;
  return s;
}

/// What the edit changes, one line each; or the error.
lines done(const edit& e, const Settings& before) {
  const auto after = e.apply(before);
  if (!after) return {after.error().detail};
  lines out;
  for (const auto& c : changes_between(before, *after).changes) out.push_back(render_change(c));
  return out;
}

/// "path: what" of all problems, as seen from the object.
lines seen(const edit& e, const Settings& before) {
  const auto after = e.apply(before);
  EXPECT_TRUE(after);
  if (!after) return {};
  lines out;
  for (const auto& p : e.seen(*after, validate(*after))) out.push_back(p.path + ": " + p.what);
  return out;
}

IncomingServer another_server(const std::string& name) {
  auto s = valid_partition().incoming(0);
  s.set_name(name);
  s.set_login(name + "@example.org");
  return s;
}

TEST(edits, a_server_is_added_changed_and_removed_and_nothing_else_is_touched) {
  const auto s = two_departments();
  EXPECT_EQ(done(add_item("HR", another_server("b")), s).size(), 1u);
  auto changed = s.partitions(0).incoming(0);
  changed.set_port(1993);
  EXPECT_EQ(done(update_item("IT", "it-in", changed), s), lines{"+ IT incoming[it-in].port: 1993"});
  const auto removed = done(remove_item<IncomingServer>("IT", "it-in"), s);
  ASSERT_EQ(removed.size(), 1u);
  EXPECT_TRUE(removed[0].starts_with("- IT incoming[it-in]: "));
}

TEST(edits, the_same_server_added_twice_is_there_once_and_another_of_its_name_is_refused) {
  const auto s = two_departments();
  auto server = s.partitions(0).incoming(0);
  EXPECT_TRUE(done(add_item("IT", server), s).empty());
  server.set_port(1993);
  EXPECT_EQ(done(add_item("IT", server), s), lines{"name: there is a server \"it-in\" already"});
}

TEST(edits, what_is_not_there_is_refused_with_what_there_is) {
  const auto s = two_departments();
  EXPECT_EQ(done(add_item("XX", another_server("b")), s),
            lines{"there is no partition XX; `postroom partitions list` shows those there are"});
  EXPECT_EQ(done(update_item("IT", "x", another_server("x")), s),
            lines{"partition IT has no incoming server \"x\"; it has: it-in"});
  EXPECT_EQ(remove_item<OutgoingServer>("IT", "it-in").apply(s).code(), ec::not_found);
}

TEST(edits, the_protocol_of_an_incoming_server_can_change_and_its_name_cannot) {
  const auto s = two_departments();
  auto changed = s.partitions(0).incoming(0);
  changed.set_protocol("POP3");
  EXPECT_EQ(done(update_item("IT", "it-in", changed), s),
            lines{"~ IT incoming[it-in].protocol: IMAP -> POP3"})
      << "its ledger goes on: no mail is logged twice";
  changed = s.partitions(0).incoming(0);
  changed.set_name("new");
  EXPECT_EQ(done(update_item("IT", "it-in", changed), s),
            lines{"name: it is \"it-in\" and cannot change: the ledger of its mails goes by it; "
                  "delete the server and add a new one"});
  auto out = s.partitions(0).outgoing(0);
  out.set_name("new");
  EXPECT_TRUE(update_item("IT", "it-out", out).apply(s)) << "nothing goes by its name";
}

TEST(edits, all_problems_of_a_server_are_seen_at_once_with_paths_inside_it) {
  auto server = another_server("b");
  server.set_host("");
  server.set_call_template("Nothing");
  server.set_password("hunter2");
  const auto got = seen(add_item("IT", server), two_departments());
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0], "host: is missing");
  EXPECT_EQ(got[1], "password: is no reference to a secret") << "the secret is not shown";
  EXPECT_TRUE(got[2].starts_with("call_template: \"Nothing\""));
}

TEST(edits, a_server_that_others_of_the_partition_need_is_told_where_they_are) {
  const auto s = two_departments();
  auto person = s.partitions(0).people(0);
  person.set_analyst(false);
  person.set_user(true);
  const auto got = seen(update_person("IT", "ANA@example.org", person), s);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_TRUE(got[0].starts_with("incoming[0].default_logging_analyst: ")) << got[0];
}

TEST(edits, a_name_or_mailbox_of_another_partition_is_refused_without_telling_which) {
  const auto s = two_departments();
  for (const auto* own : {"IT", "HR"}) {
    const std::string other = own == std::string{"IT"} ? "hr" : "it";
    auto server = another_server(other + "-in");
    const auto e = add_item(own, server);
    EXPECT_EQ(seen(e, s), lines{"name: is the name of another server on this system"}) << own;
    server = another_server("b");
    server.set_login(other + "@example.org");
    EXPECT_EQ(seen(add_item(own, server), s),
              lines{": another server on this system reads the same mailbox"})
        << own;
  }
}

TEST(edits, moving_mails_to_where_another_partition_reads_is_refused_without_telling_which) {
  const auto s = two_departments();
  for (const auto* own : {"IT", "HR"}) {
    const std::string other = own == std::string{"IT"} ? "hr" : "it";
    auto server = another_server("b");
    server.set_login(other + "@example.org");
    server.set_mailbox("Old");
    server.set_after_commit("move");
    server.set_move_to("INBOX");
    EXPECT_EQ(seen(add_item(own, server), s),
              lines{"move_to: another server on this system reads that folder: each mail would "
                    "come in again"})
        << own;
    auto moving = s;
    auto* theirs = moving.mutable_partitions(other == "it" ? 0 : 1)->mutable_incoming(0);
    theirs->set_after_commit("move");
    theirs->set_move_to("Done");
    server.set_mailbox("Done");
    server.clear_after_commit();
    server.clear_move_to();
    EXPECT_EQ(seen(add_item(own, server), moving),
              lines{": another server on this system moves its mails to this mailbox"})
        << own;
  }
}

TEST(edits, problems_of_other_partitions_are_not_told) {
  auto s = two_departments();
  s.mutable_partitions(1)->clear_matrix();
  EXPECT_EQ(seen(add_item("IT", another_server("b")), s),
            lines{": the configuration has problems elsewhere"});
}

TEST(edits, the_object_of_an_edit_is_that_object_alone) {
  const auto s = two_departments();
  const auto object = remove_item<IncomingServer>("IT", "it-in").object(s);
  ASSERT_EQ(object.partitions_size(), 1);
  EXPECT_EQ(object.partitions(0).incoming_size(), 1);
  EXPECT_TRUE(object.partitions(0).people().empty());
  const auto of_template = remove_template("IT", "Email").object(s);
  EXPECT_EQ(of_template.partitions(0).templates_size(), 1);
  EXPECT_TRUE(of_template.partitions(0).incoming().empty());
  EXPECT_TRUE(remove_person("XX", "a").object(s).partitions().empty());
}

TEST(edits, a_partition_is_added_in_its_place_and_not_twice) {
  auto s = valid_settings();
  auto hr = valid_partition();
  hr.set_id("HR");
  const auto after = add_partition(hr).apply(s);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->partitions(0).id(), "HR");
  EXPECT_EQ(add_partition(hr).apply(*after).code(), ec::already_exists);
  EXPECT_TRUE(MessageDifferencer::Equals(*remove_partition("HR").apply(*after), s));
}

TEST(edits, rules_are_set_without_servers_and_people_which_stay) {
  const auto s = valid_settings();
  auto rules = rules_of(s.partitions(0));
  rules.set_name("Help");
  rules.add_offices("York");
  EXPECT_EQ(done(set_rules("IT", rules), s),
            (lines{"~ IT name: IT Service Desk -> Help", "+ IT offices[York]"}));
  *rules.add_people() = s.partitions(0).people(0);
  EXPECT_EQ(set_rules("IT", rules).apply(s).code(), ec::config_invalid);
  rules = rules_of(s.partitions(0));
  rules.set_id("XX");
  EXPECT_EQ(set_rules("IT", rules).apply(s).code(), ec::config_invalid);
}

struct renamed {
  name_kind kind;
  const char* from;
};

class every_kind : public testing::TestWithParam<renamed> {};

TEST_P(every_kind, of_name_gets_its_new_spelling_wherever_the_partition_uses_it) {
  auto s = valid_settings();
  auto& t = *s.mutable_partitions(0)->mutable_templates(0);
  t.set_screen_set("Software incident");
  auto& address = *s.mutable_partitions(0)->add_group_addresses();
  address.set_group("First line");
  address.set_address("first@example.org");
  auto& rule = *s.mutable_partitions(0)->add_rules();
  rule.set_name("Fire");
  rule.mutable_then()->set_impact("Low");
  rule.mutable_then()->set_urgency("Urgent");
  rule.mutable_then()->set_group("First line");
  rule.mutable_then()->set_template_("Email");
  const auto [kind, from] = GetParam();
  const auto after = rename("IT", kind, from, "New name").apply(s);
  ASSERT_TRUE(after);
  EXPECT_TRUE(validate(*after).empty());
  EXPECT_EQ(after->ShortDebugString().find("\"" + std::string{from} + "\""), std::string::npos)
      << after->ShortDebugString();
  EXPECT_TRUE(MessageDifferencer::Equals(*rename("IT", kind, "New name", from).apply(*after), s));
}

INSTANTIATE_TEST_SUITE_P(
    edits, every_kind,
    testing::Values(renamed{name_kind::impact, "Low"}, renamed{name_kind::urgency, "Urgent"},
                    renamed{name_kind::priority, "2 High"}, renamed{name_kind::status, "Incident"},
                    renamed{name_kind::stream, "Software"}, renamed{name_kind::office, "Leeds"},
                    renamed{name_kind::group, "First line"},
                    renamed{name_kind::screen_set, "Software incident"},
                    renamed{name_kind::call_template, "Email"}));

TEST(edits, a_name_is_not_given_twice_and_must_be_there) {
  const auto s = valid_settings();
  EXPECT_EQ(done(rename("IT", name_kind::urgency, "Urgent", "Normal"), s),
            lines{"to: \"Normal\" is in `urgencies` already"});
  EXPECT_EQ(done(rename("IT", name_kind::office, "York", "Hull"), s),
            lines{"from: \"York\" is not in `offices` of partition IT, which are: Leeds"});
}

namespace {
Settings with_client() {
  auto s = valid_settings();
  auto& c = *s.mutable_partitions(0)->add_oauth_clients();
  c.set_name("graph");
  c.set_tenant("example.org");
  c.set_client_id("app");
  c.set_client_secret("env:GRAPH");
  return s;
}
}  // namespace

TEST(edits, an_oauth_client_is_added_changed_and_removed_alone) {
  const auto s = with_client();
  auto client = s.partitions(0).oauth_clients(0);
  EXPECT_TRUE(MessageDifferencer::Equals(*add_item("IT", client).apply(valid_settings()), s));
  client.set_client_id("another");
  EXPECT_EQ(done(add_item("IT", client), s),
            lines{"name: there is an OAuth client \"graph\" already"});
  const auto changed = update_item("IT", "graph", client).apply(s);
  EXPECT_EQ(changed->partitions(0).oauth_clients(0).client_id(), "another");
  client.set_name("other");
  EXPECT_EQ(done(update_item("IT", "graph", client), s),
            lines{"name: it is \"graph\" and cannot change: its authorisation goes by it, and "
                  "servers do; delete the client and add a new one"});
  const auto gone = remove_item<OAuthClient>("IT", "graph").apply(s);
  EXPECT_TRUE(MessageDifferencer::Equals(*gone, valid_settings()));
  EXPECT_EQ(done(remove_item<OAuthClient>("IT", "none"), s),
            lines{"partition IT has no OAuth client \"none\"; it has: graph"});
}

TEST(edits, an_oauth_client_in_use_is_not_removed_and_its_servers_are_named) {
  auto s = with_client();
  s.mutable_partitions(0)->mutable_incoming(0)->set_oauth("graph");
  s.mutable_partitions(0)->mutable_outgoing(0)->set_oauth("graph");
  EXPECT_EQ(done(remove_item<OAuthClient>("IT", "graph"), s),
            lines{"OAuth client \"graph\" is used by the servers it-in, it-out; give them another "
                  "one first"});
}

TEST(edits, the_problems_of_an_oauth_client_are_told_as_seen_from_it) {
  auto client = with_client().partitions(0).oauth_clients(0);
  client.set_tenant("no such/tenant");
  const auto told = seen(add_item("IT", client), valid_settings());
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].starts_with("tenant: ")) << told[0];
}

TEST(edits, a_template_that_a_routing_rule_gives_is_not_removed_and_the_rule_is_named) {
  auto s = valid_settings();
  auto& rule = *s.mutable_partitions(0)->add_rules();
  rule.set_name("Fire");
  rule.mutable_then()->set_template_("Email");
  EXPECT_EQ(done(remove_template("IT", "Email"), s),
            lines{"template \"Email\" is used by the incoming servers it-in and the routing rules "
                  "Fire; give them another one first"});
  s.mutable_partitions(0)->clear_incoming();
  EXPECT_EQ(done(remove_template("IT", "Email"), s),
            lines{"template \"Email\" is used by the routing rules Fire; give them another one "
                  "first"});
}

TEST(edits, a_template_in_use_is_not_removed_and_its_servers_are_named) {
  auto s = valid_settings();
  EXPECT_EQ(done(remove_template("IT", "Email"), s),
            lines{"template \"Email\" is used by the incoming servers it-in; give them another one "
                  "first"});
  auto t = s.partitions(0).templates(0);
  t.set_name("Spare");
  const auto after = put_template("IT", t, false).apply(s);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->partitions(0).templates_size(), 2);
  t.set_impact("High");
  EXPECT_EQ(put_template("IT", t, false).apply(*after).code(), ec::already_exists);
  EXPECT_EQ(put_template("IT", t, true).apply(*after)->partitions(0).templates_size(), 2);
  EXPECT_TRUE(MessageDifferencer::Equals(*remove_template("IT", "Spare").apply(*after), s));
  t.set_impact("Nowhere");
  EXPECT_TRUE(seen(put_template("IT", t, false), s)[0].starts_with("impact: \"Nowhere\""));
}

TEST(edits, a_person_goes_by_any_address_and_a_pattern_without_one_by_name) {
  auto s = valid_settings();
  config::v1::Person pattern;
  pattern.set_name("New user");
  pattern.set_template_(true);
  s = *partitions::add_person("IT", pattern).apply(s);
  EXPECT_EQ(find_person(s.partitions(0), "New user"), &s.partitions(0).people(1));
  EXPECT_EQ(find_person(s.partitions(0), "Ana@Example.org"), &s.partitions(0).people(0));
  EXPECT_EQ(find_person(s.partitions(0), "Ana Lyst"), nullptr);
  EXPECT_EQ(remove_person("IT", "New user").apply(s)->partitions(0).people_size(), 1);
  EXPECT_EQ(remove_person("IT", "x@example.org").apply(s).code(), ec::not_found);
}

TEST(edits, an_address_of_somebody_else_in_the_partition_is_refused) {
  config::v1::Person twin;
  twin.set_name("Twin");
  twin.add_addresses("ANA@example.org");
  twin.set_user(true);
  const auto got = seen(partitions::add_person("IT", twin), valid_settings());
  ASSERT_EQ(got.size(), 1u);
  EXPECT_NE(got[0].find("is an address of \"Ana Lyst\" already"), std::string::npos) << got[0];
}

}  // namespace
}  // namespace postroom::partitions::test
