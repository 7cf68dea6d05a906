#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/validate.hpp"

using namespace postroom::partitions;
using postroom::config::v1::Settings;

TEST(validate_system, refuses_one_name_for_servers_of_two_partitions) {
  auto s = test::two_partitions();
  s.mutable_partitions(1)->mutable_incoming(0)->set_name("it-in");
  s.mutable_partitions(1)->mutable_outgoing(0)->set_name("it-out");
  const auto problems = validate(s);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(
      problems[0],
      (problem{"HR", "incoming[0].name", R"("it-in" is the name of another server of partition IT)",
               "rename one: names of servers are unique on the whole system", true}));
  EXPECT_EQ(problems[1].path, "outgoing[0].name");
}

TEST(validate_system, lets_an_incoming_and_an_outgoing_server_share_a_name) {
  auto s = test::two_partitions();
  s.mutable_partitions(0)->mutable_outgoing(0)->set_name("it-in");
  EXPECT_TRUE(validate(s).empty());
}

TEST(validate_system, refuses_two_active_servers_that_read_one_mailbox) {
  auto s = test::two_partitions();
  auto* hr = s.mutable_partitions(1)->mutable_incoming(0);
  hr->set_login("IT@example.org");
  hr->set_host("MAIL.example.org");
  hr->set_mailbox("inbox");
  hr->set_protocol("POP3");
  hr->set_port(1995);
  const auto problems = validate(s);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "incoming[0]");
  EXPECT_EQ(problems[0].what, R"(reads the same mailbox as the server "it-in" of partition IT)");
  hr->set_active(false);
  EXPECT_TRUE(validate(s).empty());
}

TEST(validate_system, lets_two_servers_read_two_folders_of_one_account) {
  auto s = test::two_partitions();
  auto* hr = s.mutable_partitions(1)->mutable_incoming(0);
  hr->set_login("it@example.org");
  hr->set_mailbox("HR");
  EXPECT_TRUE(validate(s).empty());
}

TEST(validate_system, tells_mail_systems_on_loopback_apart_by_their_ports) {
  auto s = test::two_partitions();
  for (int i : {0, 1}) {
    auto* in = s.mutable_partitions(i)->mutable_incoming(0);
    in->set_host("127.0.0.1");
    in->set_login("it");
    in->set_port(1143);
  }
  EXPECT_EQ(validate(s).size(), 1u);
  s.mutable_partitions(1)->mutable_incoming(0)->set_port(2143);
  EXPECT_TRUE(validate(s).empty());
}

TEST(validate_system, takes_all_names_of_this_machine_and_of_a_port_for_one) {
  struct {
    const char *host, *other;
    uint32_t port, other_port;
  } const same[] = {{"localhost", "127.0.0.1", 0, 0},
                    {"::1", "LOCALHOST", 1143, 1143},
                    {"127.0.0.1", "127.0.0.1", 0, 993},
                    {"mail.example.org", "Mail.Example.org.", 0, 0},
                    {"bücher.example", "xn--bcher-kva.example", 0, 0}};
  for (const auto& row : same) {
    auto s = test::two_partitions();
    auto* it = s.mutable_partitions(0)->mutable_incoming(0);
    auto* hr = s.mutable_partitions(1)->mutable_incoming(0);
    hr->set_login("it@example.org");
    it->set_host(row.host);
    it->set_port(row.port);
    hr->set_host(row.other);
    hr->set_port(row.other_port);
    EXPECT_EQ(validate(s).size(), 1u) << row.host << " " << row.other;
  }
}

TEST(validate_system, refuses_to_move_mails_to_where_another_server_reads_them) {
  auto s = test::two_partitions();
  auto* it = s.mutable_partitions(0)->mutable_incoming(0);
  it->set_after_commit("move");
  it->set_move_to("HR");
  auto* hr = s.mutable_partitions(1)->mutable_incoming(0);
  hr->set_login("it@example.org");
  hr->set_mailbox("HR");
  hr->set_after_commit("move");
  hr->set_move_to("inbox");
  const auto problems = validate(s);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0], (problem{"IT", "incoming[0].move_to",
                                  R"("HR" is read by the server "hr-in" of partition HR: )"
                                  "each mail would come in again",
                                  "name a folder that nobody reads", true}));
  EXPECT_EQ(problems[1].partition, "HR");
  hr->set_active(false);
  EXPECT_TRUE(validate(s).empty());
}

TEST(validate_system, lets_a_partition_send_through_one_active_server_only) {
  auto s = test::valid_settings();
  auto* second = s.mutable_partitions(0)->add_outgoing();
  second->CopyFrom(s.partitions(0).outgoing(0));
  second->set_name("backup");
  auto problems = validate(s);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "outgoing[1].active");
  EXPECT_EQ(problems[0].what, R"("backup" is active, as "it-out" is)");
  second->set_active(false);
  EXPECT_TRUE(validate(s).empty());
}
