#include "actors/node.hpp"

#include "actors/directory_change.hpp"
#include "actors/settings.hpp"
#include "actors/supervisor.hpp"
#include "storage/audit_trail.hpp"
#include "tests/actors/actor_world.hpp"

namespace postroom::actors::test {
namespace {

using lines = std::vector<std::string>;

struct node_test : testing::Test, actor_world {
  node_test() {
    context->make_inbound = [this](const auto&, const config::v1::IncomingServer& s)
        -> result<std::unique_ptr<channels::inbound_channel>> {
      ++connects[s.name()];
      auto& box = servers[s.name()];
      if (!box) box = std::make_shared<fake_mailbox>();
      return std::unique_ptr<channels::inbound_channel>{std::make_unique<fake_inbound>(box)};
    };
    context->make_outbound = [this](const auto&, const auto&) {
      return result<std::unique_ptr<channels::outbound_channel>>{
          std::make_unique<fake_outbound>(relay)};
    };
    settings_store = *engine->open("settings");
    settings_owner = *settings_store->claim();
    people_store = *engine->open("directory");
    people_owner = *people_store->claim();
  }
  ~node_test() override { stop_all(); }
  void start() {
    auto document = load_settings(*settings_store);
    ASSERT_TRUE(document);
    life = adopt(sys.spawn(
        node,
        node_args{
            context, *document, settings_store, settings_owner, people_store, people_owner, {}}));
    death = watch(life);
  }
  static config::v1::Partition part(const std::string& id) {
    auto p = partitions::test::valid_partition();
    p.set_id(id);
    p.mutable_incoming(0)->set_name(id + "-in");
    p.mutable_incoming(0)->set_login(id + "@example.org");
    p.mutable_incoming(0)->set_start_from("all");
    p.mutable_outgoing(0)->set_name(id + "-out");
    return p;
  }
  std::shared_ptr<answer<change_applied>> apply(std::vector<config::v1::Partition> parts,
                                                bool prune = false, bool dry_run = false) {
    auto c = std::make_shared<change_settings>();
    c->partitions = std::move(parts);
    c->prune = prune;
    c->dry_run = dry_run;
    c->who = "uid 0";
    return ask<change_applied>(life, change_request{c});
  }
  lines running() const {
    lines out;
    auto all = board->snapshot();
    for (const auto& p : all.partitions()) out.push_back(p.id() + " " + p.state());
    return out;
  }
  fake_mailbox& server(const std::string& name) { return *servers.at(name); }

  std::map<std::string, std::shared_ptr<fake_mailbox>> servers;
  std::map<std::string, int> connects;
  std::shared_ptr<fake_relay> relay = std::make_shared<fake_relay>();
  std::shared_ptr<storage::unit_store> settings_store, people_store;
  epoch settings_owner, people_owner;
  node_actor life;
  std::shared_ptr<test::death> death;
};

TEST_F(node_test, applies_a_configuration_and_runs_its_partitions) {
  start();
  EXPECT_TRUE(running().empty());
  auto got = apply({part("IT"), part("HR")});
  ASSERT_TRUE(got->value);
  EXPECT_TRUE(got->value->problems.empty());
  EXPECT_EQ(got->value->version, 1u);
  EXPECT_EQ(got->value->changed, (lines{"partition HR: added", "partition IT: added"}));
  EXPECT_EQ(running(), (lines{"HR running", "IT running"}));
  EXPECT_EQ(board->snapshot().settings_version(), 1u);
  EXPECT_EQ(connects["IT-in"], 1);
}

TEST_F(node_test, applies_all_or_nothing_and_lists_every_problem) {
  start();
  apply({part("IT")});
  auto changed = part("IT"), broken = part("HR");
  changed.mutable_incoming(0)->set_host("other.example.org");
  broken.mutable_incoming(0)->set_call_template("Nothing");
  broken.mutable_templates(0)->set_impact("Nowhere");
  auto got = apply({changed, broken});
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->problems.size(), 2u);
  EXPECT_EQ(got->value->version, 1u);
  EXPECT_EQ(running(), lines{"IT running"});
  EXPECT_EQ(connects["IT-in"], 1);
  EXPECT_EQ(load_settings(*settings_store)->version, 1u);
}

TEST_F(node_test, the_same_configuration_again_makes_no_version_and_touches_nobody) {
  start();
  apply({part("IT"), part("HR")});
  auto got = apply({part("HR"), part("IT")}, true);
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->version, 1u);
  EXPECT_TRUE(got->value->changed.empty());
  EXPECT_EQ(connects["IT-in"], 1);
  EXPECT_EQ(load_settings(*settings_store)->version, 1u);
}

TEST_F(node_test, a_dry_run_finds_problems_and_changes_nothing) {
  start();
  auto got = apply({part("IT")}, false, true);
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->version, 0u);
  EXPECT_TRUE(running().empty());
  auto broken = part("HR");
  broken.clear_matrix();
  EXPECT_FALSE(apply({broken}, false, true)->value->problems.empty());
}

TEST_F(node_test, only_partitions_that_changed_are_touched) {
  start();
  apply({part("IT"), part("HR")});
  auto changed = part("HR");
  changed.mutable_incoming(0)->set_host("other.example.org");
  auto got = apply({changed});
  EXPECT_EQ(got->value->changed, lines{"partition HR: incoming"});
  EXPECT_EQ(connects["IT-in"], 1);
  EXPECT_EQ(connects["HR-in"], 2);
  server("IT-in").add(raw_mail("red"));
  server("IT-in").announce();
  run();
  auto call = record<record::v1::Call>(keys::call(call_number{1}));
  EXPECT_EQ(call.decision().settings_version(), 1u)
      << "rules that did not change keep their version";
}

TEST_F(node_test, a_roll_back_is_run_like_any_change_and_touches_only_what_it_changes) {
  start();
  apply({part("IT"), part("HR")});
  auto changed = part("HR");
  changed.mutable_incoming(0)->set_host("other.example.org");
  apply({changed});
  auto c = std::make_shared<change_settings>();
  c->back = change_settings::roll_back{1, {}};
  c->reason = "the other host does not know us";
  auto got = ask<change_applied>(life, change_request{c});
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->version, 3u);
  EXPECT_EQ(got->value->changed, lines{"partition HR: incoming"});
  ASSERT_TRUE(got->value->changes);
  EXPECT_EQ(got->value->changes->total, 1u);
  EXPECT_EQ(board->snapshot().settings_version(), 3u);
  EXPECT_EQ(connects["IT-in"], 1);
  EXPECT_EQ(connects["HR-in"], 3);
}

TEST_F(node_test, an_edit_of_one_server_starts_that_poller_anew_and_no_other) {
  start();
  auto two = part("IT");
  auto& second = *two.add_incoming();
  second = two.incoming(0);
  second.set_name("IT-second");
  second.set_login("second@example.org");
  apply({two, part("HR")});
  auto c = std::make_shared<change_settings>();
  second.set_port(1993);
  c->edit = std::make_shared<const partitions::edit>(
      partitions::update_server("IT", "IT-second", second));
  auto got = ask<change_applied>(life, change_request{c});
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->changed, lines{"partition IT: incoming"});
  EXPECT_EQ(connects["IT-second"], 2);
  EXPECT_EQ(connects["IT-in"], 1);
  EXPECT_EQ(connects["HR-in"], 1);
}

TEST_F(node_test, a_change_of_a_person_whom_a_mail_created_reaches_the_directory) {
  start();
  apply({part("IT")});
  server("IT-in").add(raw_mail("red"));
  server("IT-in").announce();
  run();
  unit = people_store;
  const auto people = all<record::v1::Person>(keys::kind::person);
  const auto una =
      std::find_if(people.begin(), people.end(), [](const auto& p) { return !p.from_config(); });
  ASSERT_NE(una, people.end());
  change_person c{partition_id{"IT"}, person_id{una->id()}, revision_of(*una), {}, "olga", "", ""};
  auto got = ask<person_changed>(life, person_request{std::make_shared<const change_person>(c)});
  ASSERT_TRUE(got->value);
  EXPECT_FALSE(record<record::v1::Person>(keys::person(person_id{una->id()})).active());
}

TEST_F(node_test, partitions_that_came_later_are_not_answered_either) {
  start();
  apply({part("IT")});
  auto hr = part("HR");
  hr.mutable_outgoing(0)->set_from("people@example.org");
  apply({hr});
  server("IT-in").add(raw_mail("red", "People@example.org"));
  server("IT-in").add(raw_mail("blue"));
  server("IT-in").announce();
  run();
  EXPECT_EQ(record<record::v1::OutboxEntry>(keys::outbox(1)).recipients(0).address(),
            "una@example.com");
  EXPECT_EQ(connects["IT-in"], 1);
}

TEST_F(node_test, new_addresses_of_a_partition_touch_no_other_one) {
  start();
  apply({part("IT"), part("HR")});
  const auto commits = disk->committed;
  auto hr = part("HR");
  hr.mutable_outgoing(0)->set_from("people@example.org");
  apply({hr});
  server("IT-in").add(raw_mail("blue"));
  server("IT-in").announce();
  run();
  EXPECT_GT(disk->committed, commits);
  EXPECT_EQ(record<record::v1::Call>(keys::call(call_number{1})).decision().settings_version(), 1u);
}

TEST_F(node_test, addresses_of_a_removed_partition_are_answered_again) {
  start();
  auto hr = part("HR");
  hr.mutable_outgoing(0)->set_from("people@example.org");
  apply({part("IT"), hr});
  apply({part("IT")}, true);
  server("IT-in").add(raw_mail("red", "people@example.org"));
  server("IT-in").announce();
  run();
  EXPECT_EQ(record<record::v1::OutboxEntry>(keys::outbox(1)).recipients(0).address(),
            "people@example.org");
}

TEST_F(node_test, a_change_whose_answer_came_too_late_is_run_all_the_same) {
  start();
  apply({part("IT")});
  store_pool.held = true;
  auto got = apply({part("HR")});
  advance(duration{61'000}, duration{1000});
  EXPECT_EQ(got->failed.code, ec::timeout);
  EXPECT_NE(got->failed.detail.find("may still be made"), std::string::npos);
  EXPECT_EQ(running(), lines{"IT running"});
  store_pool.release();
  run();
  EXPECT_EQ(running(), (lines{"HR running", "IT running"}));
  EXPECT_EQ(board->snapshot().settings_version(), 2u);
  EXPECT_EQ(connects["HR-in"], 1);
  EXPECT_EQ(connects["IT-in"], 1);
}

TEST_F(node_test, a_removed_partition_is_drained_and_its_data_stays) {
  start();
  apply({part("IT"), part("HR")});
  server("HR-in").add(raw_mail("red"));
  server("HR-in").announce();
  run();
  relay->answer();
  run();
  apply({part("IT")}, true);
  EXPECT_EQ(running(), lines{"IT running"});
  EXPECT_EQ(server("HR-in").log.back(), "close");
  EXPECT_EQ(connects["IT-in"], 1);
  unit = *engine->open("partition-HR");
  EXPECT_EQ(ledger(), lines{"HR-in/7/1 logged"});
  apply({part("HR")});
  EXPECT_EQ(running(), (lines{"HR running", "IT running"}));
  EXPECT_EQ(ledger().size(), 1u);
}

TEST_F(node_test, a_partition_that_is_back_before_it_was_drained_runs_again) {
  start();
  apply({part("IT")});
  server("IT-in").hold["close"] = true;
  apply({}, true);
  apply({part("IT")});
  EXPECT_EQ(running(), lines{"IT draining"});
  server("IT-in").hold["close"] = false;
  ASSERT_TRUE(server("IT-in").release("close"));
  advance(duration{100});
  EXPECT_EQ(running(), lines{"IT running"});
  EXPECT_EQ(connects["IT-in"], 2);
}

TEST_F(node_test, people_of_the_configuration_are_known_before_the_first_mail_is_decided) {
  servers["IT-in"] = std::make_shared<fake_mailbox>();
  server("IT-in").add(raw_mail("red"));
  start();
  apply({part("IT")});
  auto call = record<record::v1::Call>(keys::call(call_number{1}));
  EXPECT_EQ(call.logging_analyst().name(), "Ana Lyst");
}

TEST_F(node_test, runs_what_it_was_told_before_after_a_restart) {
  start();
  apply({part("IT")});
  caf::anon_send_exit(life, caf::exit_reason::kill);
  advance(duration{100});
  start();
  EXPECT_EQ(running(), lines{"IT running"});
  EXPECT_EQ(connects["IT-in"], 2);
}

TEST_F(node_test, a_change_that_cannot_be_stored_is_an_error_and_changes_nothing) {
  start();
  disk->commits.push_back({fail(ec::no_space)});
  EXPECT_EQ(apply({part("IT")})->failed.code, ec::no_space);
  EXPECT_TRUE(running().empty());
  auto got = apply({part("IT")});
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->version, 1u);
}

TEST_F(node_test, each_version_is_kept_and_audited) {
  start();
  apply({part("IT")});
  apply({part("HR")});
  unit = settings_store;
  EXPECT_EQ(count(keys::kind::settings), 2u);
  auto audit = all<record::v1::AuditEntry>(keys::kind::audit_chain);
  ASSERT_EQ(audit.size(), 2u);
  EXPECT_EQ(audit[1].who(), "uid 0");
  EXPECT_TRUE(audit[1].detail().starts_with("version 2: + HR: name: ")) << audit[1].detail();
  EXPECT_EQ(audit[1].before(), "version 1");
  EXPECT_FALSE(storage::audit::verify("settings", *settings_store)->damaged);
}

TEST_F(node_test, a_change_without_a_reason_is_refused_when_reasons_are_demanded) {
  start();
  auto change = [this](const std::string& reason, bool demand, bool dry_run = false) {
    auto c = std::make_shared<change_settings>();
    c->general.emplace().set_demand_reasons(demand);
    c->partitions = {part(reason.empty() ? "HR" : "IT")};
    c->reason = reason;
    c->dry_run = dry_run;
    return ask<change_applied>(life, change_request{c});
  };
  ASSERT_TRUE(change("we begin", true)->value);
  for (const auto* blank : {"", " \n"}) {
    auto got = change(blank, false);
    EXPECT_EQ(got->failed.code, ec::config_invalid);
    EXPECT_TRUE(got->failed.detail.starts_with("reason: is blank")) << got->failed.text();
  }
  EXPECT_EQ(running().size(), 1u);
  EXPECT_TRUE(change("", false, true)->value);  // whoever only asks changes nothing
  EXPECT_TRUE(change("no longer needed", false)->value);
  EXPECT_TRUE(change("", false)->value);
  unit = settings_store;
  EXPECT_EQ(all<record::v1::AuditEntry>(keys::kind::audit_chain)[1].reason(), "no longer needed");
}

TEST_F(node_test, changes_are_made_one_after_the_other) {
  start();
  store_pool.held = true;
  auto first = apply({part("IT")});
  auto second = apply({part("HR")});
  while (!store_pool.jobs.empty()) {
    store_pool.run();
    run();
  }
  EXPECT_EQ(first->value->version, 1u);
  EXPECT_EQ(second->value->version, 2u);
  EXPECT_EQ(load_settings(*settings_store)->settings.partitions_size(), 2);
}

TEST_F(node_test, what_a_person_asks_of_a_partition_reaches_it_or_is_refused_by_name) {
  start();
  apply({part("IT"), part("HR")});
  auto cancel = [this](const std::string& id) {
    change_outbox c{partition_id{id}, 7, change_outbox::kind::cancel, "olga", "why"};
    return ask<outbox_changed>(life, outbox_request{std::make_shared<const change_outbox>(c)});
  };
  auto discard = [this](const std::string& id) {
    discard_mail d{partition_id{id}, mail_id{7}, "olga", "why"};
    return ask<mail_discarded>(life, discard_request{std::make_shared<const discard_mail>(d)});
  };
  EXPECT_NE(cancel("IT")->failed.detail.find("there is no mail IT/7"), std::string::npos);
  EXPECT_NE(discard("HR")->failed.detail.find("there is no mail HR/7"), std::string::npos);
  for (const auto& e : {cancel("XX")->failed, discard("XX")->failed}) {
    EXPECT_EQ(e.code, ec::not_found);
    EXPECT_EQ(e.detail, "partition XX does not run here; `postroom status` shows those that do");
  }
  server("IT-in").hold["close"] = true;
  apply({part("HR")}, true);
  EXPECT_EQ(cancel("IT")->failed.detail, "partition IT is stopping; nothing was changed");
  EXPECT_EQ(discard("IT")->failed.code, ec::cancelled);
  ASSERT_TRUE(server("IT-in").release("close"));
  run();
  EXPECT_EQ(cancel("IT")->failed.detail,
            "partition IT does not run here; `postroom status` shows those that do");
}

TEST_F(node_test, drain_ends_everything_in_order) {
  start();
  apply({part("IT"), part("HR")});
  server("IT-in").hold["close"] = true;
  drain_now(life);
  EXPECT_EQ(server("HR-in").log.back(), "close");
  EXPECT_FALSE(death->dead);
  EXPECT_EQ(running(), (lines{"HR stopped", "IT draining"}));
  ASSERT_TRUE(server("IT-in").release("close"));
  run();
  EXPECT_TRUE(death->in_peace);
}

TEST_F(node_test, drain_of_a_node_without_partitions_is_over_at_once) {
  start();
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
}

TEST_F(node_test, a_change_during_the_drain_starts_no_partition) {
  start();
  apply({part("IT")});
  server("IT-in").hold["close"] = true;
  drain_now(life);
  apply({part("HR")});
  EXPECT_EQ(running(), lines{"IT draining"});
  ASSERT_TRUE(server("IT-in").release("close"));
  run();
  EXPECT_TRUE(death->in_peace);
}

TEST_F(node_test, stored_settings_that_do_not_parse_are_reported) {
  storage::write_batch bad;
  bad.put(keys::settings(1), "\xff\xff");
  ASSERT_TRUE(settings_store->commit(settings_owner, std::move(bad)));
  EXPECT_EQ(load_settings(*settings_store).code(), ec::corrupt_record);
}

}  // namespace
}  // namespace postroom::actors::test
