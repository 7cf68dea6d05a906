#include "channels/dns.hpp"
#include "tests/app/setup_fixture.hpp"

namespace postroom::app {

using namespace admin::v1;

namespace {

/// One domain with IMAP at home and sending elsewhere.
struct example_dns final : channels::dns_resolver {
  explicit example_dns(int& questions) : asked(questions) {}
  int& asked;
  result<channels::srv_answer> srv(const std::string& name) override {
    ++asked;
    if (name == "_imaps._tcp.xn--bcher-kva.example")
      return channels::srv_answer{{{0, 0, 993, "imap.xn--bcher-kva.example"}}, false};
    if (name == "_submission._tcp.xn--bcher-kva.example")
      return channels::srv_answer{{{0, 0, 587, "smtp.example.net"}}, false};
    return channels::srv_answer{{}, name.starts_with("_pop3s.")};
  }
  result<std::vector<channels::mx_record>> mx(const std::string& name) override {
    ++asked;
    if (name == "cloud.example")
      return std::vector<channels::mx_record>{{10, "cloud-example.mail.protection.outlook.com"}};
    return std::vector<channels::mx_record>{};
  }
};

struct discover : setup {
  int asked = 0;
  void SetUp() override {
    setup::SetUp();
    state->backend.dns = [this] { return std::make_unique<example_dns>(asked); };
  }
  result<DiscoverResponse> find(const std::string& address, const std::string& partition = "") {
    DiscoverRequest r;
    r.set_address(address);
    r.set_partition(partition);
    return call<DiscoverResponse>("EmailSettingsService/Discover", r);
  }
};

}  // namespace

TEST_F(discover, gives_drafts_with_all_that_is_known_and_nothing_that_is_not) {
  const auto found = find(
      "Desk@B\xc3\xbc"
      "cher.example",
      "it");
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(found->offers_size(), 2);
  config::v1::IncomingServer in;
  in.set_protocol("IMAP");
  in.set_host("imap.xn--bcher-kva.example");
  in.set_port(993);
  in.set_security("TLS");
  in.set_login("Desk@xn--bcher-kva.example");
  EXPECT_EQ(found->offers(0).incoming().ShortDebugString(), in.ShortDebugString());
  EXPECT_EQ(found->offers(0).source(), "SRV _imaps._tcp.xn--bcher-kva.example");
  config::v1::OutgoingServer sending;
  sending.set_protocol("SMTP");
  sending.set_host("smtp.example.net");
  sending.set_port(587);
  sending.set_security("STARTTLS");
  sending.set_login("Desk@xn--bcher-kva.example");
  sending.set_from("Desk@xn--bcher-kva.example");
  EXPECT_EQ(found->offers(1).outgoing().ShortDebugString(), sending.ShortDebugString());
  EXPECT_NE(found->offers(1).note().find("lies outside of xn--bcher-kva.example"),
            std::string::npos);
  ASSERT_EQ(found->notes_size(), 1);
  EXPECT_NE(found->notes(0).find("POP3 with TLS"), std::string::npos);
}

TEST_F(discover, offers_graph_with_the_mailbox_and_no_login_where_mail_goes_to_microsoft_365) {
  const auto found = find("desk@cloud.example");
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(found->offers_size(), 5);
  EXPECT_EQ(found->offers(0).incoming().ShortDebugString(),
            "protocol: \"GRAPH\" user: \"desk@cloud.example\"");
  EXPECT_EQ(found->offers(3).outgoing().ShortDebugString(),
            "protocol: \"GRAPH\" from: \"desk@cloud.example\" user: \"desk@cloud.example\"");
  EXPECT_EQ(found->offers(3).source(), "MX of cloud.example");
}

TEST_F(discover, asks_and_stores_nothing_for_a_known_provider) {
  const auto before = (*state->stored.now())->version;
  const auto found = find("desk@gmail.com");
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(found->offers_size(), 3);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ((*state->stored.now())->version, before);
}

TEST_F(discover, refuses_what_is_no_address_and_partitions_that_are_not_there) {
  EXPECT_EQ(find("example.org").code(), ec::config_invalid);
  EXPECT_EQ(find("").code(), ec::config_invalid);
  EXPECT_EQ(find("desk@gmail.com", "NOWHERE").code(), ec::not_found);
  EXPECT_EQ(asked, 0);
}

TEST_F(discover, is_open_to_who_sets_up_one_partition_and_to_nobody_without_that_right) {
  DiscoverRequest r;
  r.set_address("desk@gmail.com");
  const auto of_it = sign_in("ingo", {access::right::SYSTEM_SETUP}, "IT");
  EXPECT_TRUE(call_as<DiscoverResponse>(of_it, "EmailSettingsService/Discover", r));
  r.set_partition("HR");
  EXPECT_EQ(call_as<DiscoverResponse>(of_it, "EmailSettingsService/Discover", r).code(),
            ec::not_found);
  const auto reader = sign_in("rita", {access::right::VIEW_CALLS}, "IT");
  EXPECT_EQ(call_as<DiscoverResponse>(reader, "EmailSettingsService/Discover", r).code(),
            ec::forbidden);
}

TEST_F(discover, waits_for_no_other_trial_of_its_partition_and_for_none_when_the_node_stops) {
  {
    const auto busy = state->backend.gate->enter("IT");
    ASSERT_TRUE(busy);
    EXPECT_EQ(find("desk@gmail.com", "IT").code(), ec::overloaded);
    EXPECT_TRUE(find("desk@gmail.com", "HR"));
    EXPECT_TRUE(find("desk@gmail.com"));
  }
  EXPECT_TRUE(find("desk@gmail.com", "IT")) << "it is free again";
  process->end_trials();
  EXPECT_EQ(find("desk@gmail.com").code(), ec::cancelled) << "the gate is the node's own";
}

TEST_F(discover, the_command_lists_offers_and_says_each_note_once) {
  ASSERT_EQ(run({"servers", "discover", "desk@gmail.com"}), exit_done) << err.str();
  EXPECT_TRUE(shows("imap.gmail.com")) << out.str();
  EXPECT_TRUE(shows("\n1, 2, 3: needs OAuth 2.0")) << out.str();
  EXPECT_TRUE(shows("none of them was tried"));
  ASSERT_EQ(run({"servers", "discover", "desk@silent.example"}), exit_done);
  EXPECT_TRUE(shows("nothing is known of its servers"));
  EXPECT_TRUE(shows("silent.example says that it has no POP3 with TLS"));
  ASSERT_EQ(run({"servers", "discover", "desk@gmail.com", "--json"}), exit_done);
  EXPECT_TRUE(shows("\"source\": \"known provider\"")) << out.str();
}

TEST_F(discover, the_command_prints_an_offer_as_a_file_that_adds_the_server) {
  ASSERT_EQ(run({"servers", "discover", "desk@gmail.com", "--yaml", "1"}), exit_done);
  EXPECT_TRUE(out.str().starts_with("# incoming server, by known provider\n# needs OAuth 2.0"));
  const auto in = file("in.yaml", out.str());
  ASSERT_EQ(run({"servers", "discover", "desk@gmail.com", "--yaml", "3"}), exit_done);
  EXPECT_TRUE(out.str().starts_with("# outgoing server, by known provider\n"));
  const auto sending = file("out.yaml", out.str());
  EXPECT_EQ(
      run({"servers", "add", "--incoming", "-p", "IT", "-f", in, "--set", "name=found", "--set",
           "password=env:FOUND", "--set", "call_template=" + part("IT").incoming(0).call_template(),
           "--set", "default_logging_analyst=ana@IT.example.org", "--set", "active=false"}),
      exit_done)
      << out.str() << err.str();
  EXPECT_EQ(incoming("IT", "found").server().host(), "imap.gmail.com");
  EXPECT_EQ(run({"servers", "add", "--outgoing", "-p", "IT", "-f", sending, "--set", "name=found",
                 "--set", "password=env:FOUND", "--set", "active=false"}),
            exit_done)
      << out.str() << err.str();
  EXPECT_EQ(run({"servers", "discover", "desk@gmail.com", "--yaml", "4"}), exit_failed);
  EXPECT_TRUE(complains("there is no offer 4")) << err.str();
}

}  // namespace postroom::app
