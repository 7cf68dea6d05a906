#include "partitions/operator_only.hpp"

#include <gtest/gtest.h>

#include "partitions/edits.hpp"
#include "tests/partitions/fixtures.hpp"

namespace postroom::partitions::test {
namespace {

using config::v1::IncomingServer;
using config::v1::Settings;
using lines = std::vector<std::string>;

/// The paths of what is out of reach.
lines out_of_reach(const Settings& before, const Settings& after) {
  lines out;
  for (const auto& p : operator_only(before, after)) {
    EXPECT_EQ(p.partition, "IT");
    EXPECT_NE(p.remedy, "");
    out.push_back(p.path);
  }
  return out;
}

Settings with_password(const std::string& reference) {
  auto out = valid_settings();
  out.mutable_partitions(0)->mutable_incoming(0)->set_password(reference);
  return out;
}

struct change {
  const char* name;
  std::string password;  ///< of the server before
  void (*to)(IncomingServer&);
  lines refused;
};

class changes_of_servers : public testing::TestWithParam<change> {};

TEST_P(changes_of_servers, reach_what_belongs_to_the_partition_and_no_more) {
  const auto before = with_password(GetParam().password);
  auto after = before;
  GetParam().to(*after.mutable_partitions(0)->mutable_incoming(0));
  lines wanted;
  for (const auto& field : GetParam().refused) wanted.push_back("incoming[0]." + field);
  EXPECT_EQ(out_of_reach(before, after), wanted);
}

const change rows[] = {
    {"nothing", "env:A", [](auto&) {}, {}},
    {"to_env", "secret:a", [](auto& s) { s.set_password("env:A"); }, {"password"}},
    {"to_file", "", [](auto& s) { s.set_password("file:/etc/shadow"); }, {"password"}},
    {"to_another_env", "env:A", [](auto& s) { s.set_password("env:B"); }, {"password"}},
    {"to_a_stored_secret", "env:A", [](auto& s) { s.set_password("secret:a"); }, {}},
    {"to_none", "file:/a", [](auto& s) { s.clear_password(); }, {}},
    {"host", "env:A", [](auto& s) { s.set_host("mail.example.net"); }, {"host"}},
    {"port", "file:/a", [](auto& s) { s.set_port(1993); }, {"port"}},
    {"security",
     "env:A",
     [](auto& s) {
       s.set_security("NONE");
       s.set_allow_cleartext(true);
     },
     {"security", "allow_cleartext"}},
    {"login", "env:A", [](auto& s) { s.set_login("hr@example.org"); }, {"login"}},
    {"auth_methods", "env:A", [](auto& s) { s.add_auth_methods("PLAIN"); }, {"auth_methods"}},
    {"mailbox", "env:A", [](auto& s) { s.set_mailbox("Private"); }, {"mailbox"}},
    {"after_commit", "env:A", [](auto& s) { s.set_after_commit("delete"); }, {"after_commit"}},
    {"move",
     "file:/a",
     [](auto& s) {
       s.set_after_commit("move");
       s.set_move_to("Done");
     },
     {"after_commit", "move_to"}},
    {"all_of_it_with_a_stored_secret",
     "secret:a",
     [](auto& s) {
       s.set_login("hr@example.org");
       s.set_mailbox("Private");
       s.set_after_commit("move");
       s.set_move_to("Done");
       s.add_auth_methods("PLAIN");
     },
     {}},
    {"login_and_secret_together",
     "env:A",
     [](auto& s) {
       s.set_login("hr@example.org");
       s.set_password("secret:a");
     },
     {}},
    {"host_with_a_stored_secret", "secret:a", [](auto& s) { s.set_host("b.example.net"); }, {}},
    {"host_and_secret_together",
     "env:A",
     [](auto& s) {
       s.set_host("b.example.net");
       s.set_password("secret:a");
     },
     {}},
    {"ca_file", "secret:a", [](auto& s) { s.set_ca_file("/etc/ca.pem"); }, {"ca_file"}},
    {"another_field", "env:A", [](auto& s) { s.set_window_count(8); }, {}},
};

INSTANTIATE_TEST_SUITE_P(table, changes_of_servers, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(operator_only, an_outgoing_server_with_a_secret_of_the_machine_signs_in_as_before) {
  auto before = with_password("secret:a");
  auto& was = *before.mutable_partitions(0)->mutable_outgoing(0);
  was.set_login("it@example.org");
  was.set_password("env:B");
  auto after = before;
  auto& is = *after.mutable_partitions(0)->mutable_outgoing(0);
  is.set_login("ceo@example.org");
  is.add_auth_methods("PLAIN");
  is.set_from_name("IT");
  EXPECT_EQ(out_of_reach(before, after), (lines{"outgoing[0].login", "outgoing[0].auth_methods"}));
}

TEST(operator_only, a_new_server_or_a_renamed_one_cannot_bring_a_secret_of_the_machine) {
  auto before = with_password("env:A");
  before.mutable_partitions(0)->mutable_outgoing(0)->set_password("env:B");
  auto after = before;
  auto& added = *after.mutable_partitions(0)->add_incoming();
  added = after.partitions(0).incoming(0);
  added.set_name("second");
  added.set_ca_file("/etc/ca.pem");
  after.mutable_partitions(0)->mutable_outgoing(0)->set_name("other");
  EXPECT_EQ(out_of_reach(before, after),
            (lines{"incoming[1].password", "incoming[1].ca_file", "outgoing[0].password"}));
}

TEST(operator_only, a_new_partition_cannot_bring_one_either) {
  EXPECT_EQ(out_of_reach(Settings{}, with_password("env:A")).at(0), "incoming[0].password");
}

TEST(operator_only, where_the_scanner_listens_and_that_there_is_one_is_the_machines) {
  auto none = valid_settings();
  auto with = none;
  auto& scanning = *with.mutable_partitions(0)->mutable_scanning();
  scanning.set_clamd("unix:/run/clamav/clamd.ctl");
  const lines refused{"scanning.clamd"};
  EXPECT_EQ(out_of_reach(none, with), refused);
  EXPECT_EQ(out_of_reach(with, none), refused);
  EXPECT_EQ(out_of_reach(Settings{}, with).back(), "scanning.clamd") << "a new partition brings it";
  auto other = with;
  other.mutable_partitions(0)->mutable_scanning()->set_clamd("tcp:10.0.0.1:22");
  EXPECT_EQ(out_of_reach(with, other), refused);
}

TEST(operator_only, what_the_scanners_word_does_to_mails_is_the_partitions) {
  auto before = valid_settings();
  before.mutable_partitions(0)->mutable_scanning()->set_clamd("tcp:clamd:3310");
  auto after = before;
  auto& scanning = *after.mutable_partitions(0)->mutable_scanning();
  scanning.set_infected("tag");
  scanning.set_unreachable("accept");
  scanning.set_max_size("1MiB");
  scanning.set_timeout("10s");
  EXPECT_EQ(out_of_reach(before, after), lines{});
}

}  // namespace
}  // namespace postroom::partitions::test
