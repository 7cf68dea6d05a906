#include "actors/node.hpp"
#include "actors/settings.hpp"
#include "tests/actors/fake_secrets.hpp"
#include "tests/actors/supervisor_fixture.hpp"

namespace postroom::actors::test {
namespace {

struct secrets_test : supervisor_test {
  secrets_test() {
    context->secrets = secrets;
    secrets->revisions = {{{"IT", "imap"}, 1}, {{"IT", "smtp"}, 1}, {{"HR", "imap"}, 1}};
    config.mutable_incoming(0)->set_password("secret:imap");
    config.mutable_incoming(1)->set_login("two@example.org");
    config.mutable_outgoing(0)->set_login("sender");
    config.mutable_outgoing(0)->set_password("secret:smtp");
  }
  /// As the node does when somebody has put a secret.
  void look_again() {
    caf::anon_send(life, use_model{model_of(config)});
    run();
  }
  std::shared_ptr<answer<settings_changed>> apply(const config::v1::Partition& p) {
    if (!keeper) {
      auto store = *engine->open("settings");
      keeper = adopt(sys.spawn(settings, settings_args{context, store, *store->claim(), {}}));
    }
    auto c = std::make_shared<change_settings>();
    c->partitions = {p};
    return ask<settings_changed>(keeper, change_request{c});
  }
  std::shared_ptr<fake_secrets> secrets = std::make_shared<fake_secrets>();
  settings_actor keeper;
};

}  // namespace

TEST_F(secrets_test, a_server_starts_anew_when_its_secret_changes_and_the_others_do_not) {
  start();
  ASSERT_EQ(connected["it-in"].size(), 1u);
  const auto senders_before = senders;
  secrets->revisions[{"IT", "imap"}] = 2;
  look_again();
  EXPECT_EQ(connected["it-in"].size(), 2u);
  EXPECT_EQ(connected["it-two"].size(), 1u);
  EXPECT_EQ(senders, senders_before);
  secrets->revisions[{"IT", "smtp"}] = 2;
  look_again();
  EXPECT_EQ(connected["it-in"].size(), 2u);
  EXPECT_EQ(senders, senders_before + 1);
}

TEST_F(secrets_test, the_secret_of_another_partition_restarts_nobody) {
  start();
  secrets->revisions[{"HR", "imap"}] = 2;
  secrets->revisions[{"IT", "unused"}] = 2;
  look_again();
  EXPECT_EQ(connected["it-in"].size(), 1u);
}

TEST_F(secrets_test, a_configuration_that_names_a_missing_secret_is_refused_with_the_remedy) {
  config.mutable_incoming(0)->set_password("secret:gone");
  const auto got = apply(config);
  ASSERT_TRUE(got->value);
  ASSERT_EQ(got->value->problems.size(), 1u);
  EXPECT_EQ(got->value->problems[0].path, "incoming[0].password");
  EXPECT_NE(got->value->problems[0].remedy.find("postroom secrets put IT/gone"), std::string::npos);
  EXPECT_EQ(got->value->now->version, 0u);
  secrets->revisions[{"IT", "gone"}] = 1;
  EXPECT_EQ(apply(config)->value->now->version, 1u);
}

TEST_F(secrets_test, the_secret_of_another_partition_cannot_be_named) {
  secrets->revisions = {{{"HR", "imap"}, 1}, {{"IT", "smtp"}, 1}};
  const auto got = apply(config);
  ASSERT_TRUE(got->value);
  ASSERT_EQ(got->value->problems.size(), 1u);
  EXPECT_EQ(got->value->problems[0].path, "incoming[0].password");
}

TEST_F(secrets_test, a_roll_back_to_a_version_whose_secret_is_gone_is_refused) {
  ASSERT_TRUE(apply(config)->value->problems.empty());
  auto other = config;
  other.mutable_incoming(0)->set_password("env:IMAP");
  ASSERT_TRUE(apply(other)->value->problems.empty());
  secrets->revisions.erase({"IT", "imap"});
  auto back = std::make_shared<change_settings>();
  back->back = change_settings::roll_back{1, {}};
  back->reason = "the variable is not set";
  auto got = ask<settings_changed>(keeper, change_request{back});
  ASSERT_TRUE(got->value);
  EXPECT_FALSE(got->value->problems.empty());
  EXPECT_EQ(got->value->now->version, 2u);
  EXPECT_FALSE(got->value->unchanged);
}

TEST_F(secrets_test, the_node_tells_a_partition_that_its_secret_changed) {
  auto settings_store = *engine->open("settings");
  auto people = *engine->open("directory");
  settings_document document{1, {}};
  *document.settings.add_partitions() = config;
  auto whole = adopt(sys.spawn(node, node_args{context,
                                               document,
                                               settings_store,
                                               *settings_store->claim(),
                                               people,
                                               *people->claim(),
                                               {}}));
  run();
  ASSERT_EQ(connected["it-in"].size(), 1u);
  secrets->revisions[{"IT", "imap"}] = 2;
  caf::anon_send(whole, secret_changed{partition_id{"HR"}});
  run();
  EXPECT_EQ(connected["it-in"].size(), 1u);
  caf::anon_send(whole, secret_changed{partition_id{"IT"}});
  run();
  EXPECT_EQ(connected["it-in"].size(), 2u);
}

TEST_F(secrets_test, a_new_authorisation_starts_the_servers_of_its_client_and_no_others) {
  auto& client = *config.add_oauth_clients();
  client.set_name("graph");
  client.set_client_secret("secret:graph");
  config.mutable_incoming(0)->clear_password();
  config.mutable_incoming(0)->set_oauth("graph");
  start();
  secrets->revisions[{"IT", "oauth:graph"}] = 1;
  look_again();
  EXPECT_EQ(connected["it-in"].size(), 2u);
  look_again();  // a refresh token that only replaces the one before has no new revision
  EXPECT_EQ(connected["it-in"].size(), 2u);
  secrets->revisions[{"IT", "graph"}] = 1;
  look_again();
  EXPECT_EQ(connected["it-in"].size(), 3u) << "the client's own secret";
  config.mutable_oauth_clients(0)->set_tenant("contoso.com");
  look_again();
  EXPECT_EQ(connected["it-in"].size(), 4u) << "the client's settings";
  EXPECT_EQ(connected["it-two"].size(), 1u);
}

}  // namespace postroom::actors::test
