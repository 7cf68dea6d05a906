#include "actors/directory_change.hpp"
#include "actors/supervisor.hpp"
#include "storage/audit_trail.hpp"
#include "tests/actors/node_fixture.hpp"

namespace postroom::actors::test {
namespace {

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
  c->edit =
      std::make_shared<const partitions::edit>(partitions::update_item("IT", "IT-second", second));
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
  auto close = [this](const std::string& id) {
    change_call c{partition_id{id}, call_number{7}, {record::v1::CLOSED, "", "", "olga", "why"}};
    return ask<call_changed>(life, change_call_request{std::make_shared<const change_call>(c)});
  };
  EXPECT_NE(close("HR")->failed.detail.find("there is no call HR-000007"), std::string::npos);
  EXPECT_NE(cancel("IT")->failed.detail.find("there is no mail IT/7"), std::string::npos);
  EXPECT_NE(discard("HR")->failed.detail.find("there is no mail HR/7"), std::string::npos);
  for (const auto& e : {cancel("XX")->failed, discard("XX")->failed, close("XX")->failed}) {
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

}  // namespace
}  // namespace postroom::actors::test
