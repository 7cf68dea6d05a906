#include "actors/settings.hpp"

#include "actors/settings_history.hpp"
#include "storage/audit_trail.hpp"
#include "tests/actors/actor_world.hpp"

namespace postroom::actors::test {
namespace {

using lines = std::vector<std::string>;
using record::v1::SettingsVersion;

struct settings_test : testing::Test, actor_world {
  settings_test() {
    store = *engine->open("settings");
    owner = *store->claim();
    start();
  }
  ~settings_test() override { stop_all(); }
  void start() {
    life = adopt(sys.spawn(settings, settings_args{context, store, owner, *load_settings(*store)}));
  }
  using outcome = std::shared_ptr<answer<settings_changed>>;
  outcome change(change_settings c) {
    if (c.who.empty()) c.who = "ann";
    return ask<settings_changed>(life, change_request{std::make_shared<const change_settings>(c)});
  }
  static config::v1::Partition part(const std::string& id, uint32_t port = 0) {
    auto p = partitions::test::valid_partition();
    p.set_id(id);
    p.mutable_incoming(0)->set_name(id + "-in");
    p.mutable_incoming(0)->set_login(id + "@example.org");
    p.mutable_incoming(0)->set_port(port);
    p.mutable_outgoing(0)->set_name(id + "-out");
    return p;
  }
  outcome apply(std::vector<config::v1::Partition> parts) {
    change_settings c;
    c.partitions = std::move(parts);
    return change(c);
  }
  outcome roll_back(uint64_t version, const std::string& partition = {},
                    const std::string& reason = "the new port is closed") {
    change_settings c;
    c.back = change_settings::roll_back{version, partition};
    c.reason = reason;
    return change(c);
  }
  uint32_t port_of(const std::string& id) {
    const auto document = load_settings(*store);
    for (const auto& p : document->settings.partitions())
      if (p.id() == id) return p.incoming(0).port();
    return 9999;
  }
  std::vector<SettingsVersion> history(uint64_t below = UINT64_MAX, std::size_t count = 50) {
    auto found = load_history(*store, below, count);
    EXPECT_TRUE(found);
    return found ? *found : std::vector<SettingsVersion>{};
  }
  std::vector<record::v1::AuditEntry> trail() {
    unit = store;
    return all<record::v1::AuditEntry>(keys::kind::audit_chain);
  }
  /// As stored before anything was kept with a version, and before the audit was a chain.
  void forget_all_about(uint64_t version) {
    const auto chained = trail().at(version - 1);
    record::v1::AuditEntry before;
    before.set_at(chained.at());
    before.set_who(chained.who());
    before.set_detail("version " + std::to_string(version));
    storage::write_batch batch;
    batch.erase(keys::settings_version(version));
    batch.put(keys::audit(before.at(), version), before.SerializeAsString());
    ASSERT_TRUE(store->commit(owner, std::move(batch)));
  }

  std::shared_ptr<storage::unit_store> store;
  epoch owner;
  settings_actor life;
};

TEST_F(settings_test, a_version_is_kept_with_who_when_why_and_what_changed) {
  apply({part("IT")});
  advance(duration{1000});
  change_settings c;
  c.partitions = {part("IT", 1993)};
  c.reason = "the provider moved";
  change(c);
  const auto got = history();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].version(), 2u);
  EXPECT_EQ(got[0].at(), to_millis(noon) + 1000);
  EXPECT_EQ(got[0].who(), "ann");
  EXPECT_EQ(got[0].reason(), "the provider moved");
  EXPECT_EQ(got[0].changes(), 1u);
  ASSERT_EQ(got[0].changed_size(), 1);
  EXPECT_EQ(got[0].changed(0), "+ IT incoming[IT-in].port: 1993");
  EXPECT_EQ(got[1].version(), 1u);
}

TEST_F(settings_test, a_version_keeps_only_its_first_changes_and_counts_all) {
  apply({part("IT")});
  auto p = part("IT");
  for (int i = 0; i < 30; ++i) p.add_offices("Office " + std::to_string(i));
  apply({p});
  EXPECT_EQ(history()[0].changes(), 30u);
  EXPECT_EQ(history()[0].changed_size(), 10);
}

TEST_F(settings_test, versions_from_before_this_was_kept_are_told_from_audit_and_content) {
  apply({part("IT")});
  advance(duration{1000});
  apply({part("IT", 1993)});
  for (uint64_t v : {1, 2}) forget_all_about(v);
  const auto got = history();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].who(), "ann");
  EXPECT_EQ(got[0].at(), to_millis(noon) + 1000);
  ASSERT_EQ(got[0].changed_size(), 1);
  EXPECT_EQ(got[0].changed(0), "+ IT incoming[IT-in].port: 1993");
  EXPECT_TRUE(got[1].changed(0).starts_with("+ IT: name: ")) << got[1].changed(0);
}

TEST_F(settings_test, of_old_versions_the_last_of_each_day_is_kept_and_what_is_known_of_all) {
  constexpr duration day{86'400'000};
  change_settings first;
  first.partitions = {part("IT", 1)};
  first.general.emplace().set_keep_versions(50);
  change(first);
  for (uint32_t port = 2; port <= 60; ++port) {
    if (port == 6 || port == 11) now += day;  // 5 versions on the first day, 5 on the second
    apply({part("IT", port)});
  }
  std::vector<uint64_t> kept;
  for (uint64_t v = 1; v <= 60; ++v)
    if (load_version(*store, v)) kept.push_back(v);
  std::vector<uint64_t> wanted{5, 10};
  for (uint64_t v = 11; v <= 60; ++v) wanted.push_back(v);
  EXPECT_EQ(kept, wanted);
  EXPECT_EQ(history(UINT64_MAX, 100).size(), 60u);
  EXPECT_EQ(history(3, 1).at(0).changed(0), "~ IT incoming[IT-in].port: 1 -> 2");
  EXPECT_FALSE(storage::audit::verify("settings", *store)->damaged);
  roll_back(10);
  EXPECT_EQ(port_of("IT"), 10u);
  const auto gone = roll_back(4);
  EXPECT_EQ(gone->failed.code, ec::not_found);
  EXPECT_NE(gone->failed.detail.find("version 4 of the configuration is kept no more"),
            std::string::npos)
      << gone->failed.detail;
}

TEST_F(settings_test, whoever_keeps_fewer_versions_loses_the_others_little_by_little) {
  for (uint32_t port = 1; port <= 100; ++port) apply({part("IT", port)});
  EXPECT_TRUE(load_version(*store, 1)) << "500 are kept when nothing is said";
  change_settings fewer;
  fewer.general.emplace().set_keep_versions(50);
  change(fewer);
  EXPECT_FALSE(load_version(*store, 20));
  EXPECT_TRUE(load_version(*store, 21));
  apply({part("IT", 200)});
  apply({part("IT", 201)});
  EXPECT_FALSE(load_version(*store, 53));
  EXPECT_TRUE(load_version(*store, 54));
}

TEST_F(settings_test, more_changes_than_may_wait_are_refused_at_once) {
  store_pool.held = true;
  std::vector<outcome> all;
  for (uint32_t port = 1; port <= 66; ++port) all.push_back(apply({part("IT", port)}));
  EXPECT_EQ(all.back()->failed.code, ec::overloaded);
  EXPECT_TRUE(all[64]->pending()) << "one is in hand and 64 wait";
  while (!store_pool.jobs.empty()) {
    store_pool.run();
    run();
  }
  EXPECT_EQ(all[64]->value->now->version, 65u);
}

TEST_F(settings_test, history_goes_on_below_the_last_version_shown) {
  for (uint32_t port = 1; port <= 5; ++port) apply({part("IT", port)});
  const auto page = history(4, 2);
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].version(), 3u);
  EXPECT_EQ(page[1].version(), 2u);
  EXPECT_TRUE(history(1).empty());
}

TEST_F(settings_test, a_dry_run_tells_problems_and_changes_and_makes_no_version) {
  apply({part("IT")});
  change_settings c;
  c.partitions = {part("IT", 1993)};
  c.dry_run = true;
  auto got = change(c);
  ASSERT_TRUE(got->value && got->value->changes);
  EXPECT_EQ(partitions::render_change(got->value->changes->changes.at(0)),
            "+ IT incoming[IT-in].port: 1993");
  EXPECT_FALSE(got->value->unchanged);
  EXPECT_EQ(got->value->now->version, 1u);
  EXPECT_EQ(history().size(), 1u);
  c.partitions[0].clear_matrix();
  EXPECT_FALSE(change(c)->value->problems.empty());
}

TEST_F(settings_test, an_unchanged_configuration_makes_no_version_and_says_so) {
  apply({part("IT")});
  auto got = apply({part("IT")});
  ASSERT_TRUE(got->value);
  EXPECT_TRUE(got->value->unchanged);
  EXPECT_EQ(got->value->now->version, 1u);
  EXPECT_EQ(history().size(), 1u);
}

TEST_F(settings_test, a_change_made_for_an_older_version_is_refused_with_what_came_between) {
  apply({part("IT")});
  change_settings theirs;
  theirs.partitions = {part("IT", 1993)};
  theirs.who = "bob";
  change(theirs);
  change_settings c;
  c.partitions = {part("IT", 2993)};
  c.expected_version = 1;
  for (const bool dry_run : {true, false}) {
    c.dry_run = dry_run;
    const auto failed = change(c)->failed;
    EXPECT_EQ(failed.code, ec::outdated);
    EXPECT_EQ(failed.detail,
              "expected_version: it is 1, but version 2 is current, made by bob at "
              "2026-11-23T12:00:00.000Z (partition IT: incoming); look at it with `postroom diff`, "
              "and do yours again for it");
  }
  EXPECT_EQ(port_of("IT"), 1993u);
  c.expected_version = 2;
  EXPECT_EQ(change(c)->value->now->version, 3u);
}

TEST_F(settings_test, the_same_change_asked_twice_is_done_once_whatever_version_it_expects) {
  change_settings c;
  c.partitions = {part("IT")};
  apply({part("HR")});
  c.expected_version = 1;
  EXPECT_EQ(change(c)->value->now->version, 2u);
  auto again = change(c);
  ASSERT_TRUE(again->value);
  EXPECT_TRUE(again->value->unchanged);
  EXPECT_EQ(again->value->now->version, 2u);
}

TEST_F(settings_test, a_roll_back_is_a_new_version_that_says_what_the_old_one_said) {
  apply({part("IT"), part("HR")});
  apply({part("IT", 1993), part("HR", 1993)});
  auto got = roll_back(1);
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->now->version, 3u);
  EXPECT_EQ(port_of("IT"), 0u);
  EXPECT_EQ(port_of("HR"), 0u);
  const auto newest = history()[0];
  EXPECT_EQ(newest.rolled_back_to(), 1u);
  EXPECT_EQ(newest.reason(), "the new port is closed");
  EXPECT_EQ(newest.changes(), 2u);
  EXPECT_EQ(history().size(), 3u) << "nothing is lost: it can be rolled back itself";
}

TEST_F(settings_test, the_audit_says_what_a_change_and_a_roll_back_did_and_stays_a_chain) {
  change_settings c;
  c.partitions = {part("IT")};
  c.from = "10.0.0.7";
  c.reason = "we begin";
  change(c);
  apply({part("IT", 1993)});
  roll_back(1);
  const auto got = trail();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].from(), "10.0.0.7");
  EXPECT_EQ(got[0].reason(), "we begin");
  EXPECT_EQ(got[0].before(), "");
  EXPECT_EQ(got[1].what(), "settings changed");
  EXPECT_EQ(got[1].detail(), "version 2: + IT incoming[IT-in].port: 1993");
  EXPECT_EQ(got[2].what(), "settings rolled back");
  EXPECT_EQ(got[2].detail(), "version 3, back to version 1: - IT incoming[IT-in].port: 1993");
  EXPECT_EQ(got[2].reason(), "the new port is closed");
  EXPECT_EQ(got[2].who(), "ann");
  EXPECT_EQ(got[2].before() + ", " + got[2].after(), "version 2, version 3");
  EXPECT_FALSE(storage::audit::verify("settings", *store)->damaged);
}

TEST_F(settings_test, the_audit_names_the_first_changes_and_counts_the_rest) {
  apply({part("IT")});
  auto p = part("IT");
  for (int i = 0; i < 30; ++i) p.add_offices("Office " + std::to_string(i));
  apply({p});
  const auto detail = trail().at(1).detail();
  EXPECT_TRUE(detail.ends_with("; and 27 more")) << detail;
}

TEST_F(settings_test, a_roll_back_of_one_partition_leaves_the_others_alone) {
  apply({part("IT"), part("HR")});
  apply({part("IT", 1993), part("HR", 1993)});
  ASSERT_TRUE(roll_back(1, "HR")->value);
  EXPECT_EQ(port_of("IT"), 1993u);
  EXPECT_EQ(port_of("HR"), 0u);
}

TEST_F(settings_test, a_roll_back_to_what_is_there_changes_nothing) {
  apply({part("IT")});
  auto got = roll_back(1);
  ASSERT_TRUE(got->value);
  EXPECT_TRUE(got->value->unchanged);
  EXPECT_EQ(history().size(), 1u);
}

TEST_F(settings_test, a_roll_back_without_a_reason_is_refused) {
  apply({part("IT")});
  apply({part("IT", 1993)});
  for (const auto* blank : {"", "  \n\t"}) {
    const auto failed = roll_back(1, {}, blank)->failed;
    EXPECT_EQ(failed.code, ec::config_invalid);
    EXPECT_TRUE(failed.detail.starts_with("reason: it is blank; ")) << failed.detail;
  }
  EXPECT_EQ(port_of("IT"), 1993u);
}

TEST_F(settings_test, a_roll_back_can_be_tried_without_a_reason_and_changes_nothing) {
  apply({part("IT")});
  apply({part("IT", 1993)});
  change_settings c;
  c.back = change_settings::roll_back{1, {}};
  c.dry_run = true;
  auto got = change(c);
  ASSERT_TRUE(got->value && got->value->changes);
  EXPECT_EQ(got->value->changes->total, 1u);
  EXPECT_EQ(port_of("IT"), 1993u);
}

TEST_F(settings_test, a_reason_or_a_name_that_is_too_long_is_refused) {
  change_settings c;
  c.partitions = {part("IT")};
  c.reason = std::string(1001, 'x');
  EXPECT_EQ(change(c)->failed.detail, "reason: it is 1001 bytes long; use at most 1000");
  c.reason = std::string(1000, 'x');
  c.who = std::string(201, 'x');
  EXPECT_EQ(change(c)->failed.detail, "who: it is 201 bytes long; use at most 200");
  EXPECT_TRUE(history().empty());
}

TEST_F(settings_test, a_roll_back_to_what_never_was_names_what_there_is) {
  EXPECT_EQ(roll_back(1)->failed.detail,
            "nothing was ever configured; give files with `postroom apply`");
  apply({part("IT")});
  const auto version = roll_back(7)->failed;
  EXPECT_EQ(version.code, ec::not_found);
  EXPECT_EQ(version.detail,
            "there is no version 7 of the configuration; the newest is 1, and `postroom history` "
            "lists all");
  EXPECT_EQ(roll_back(1, "HR")->failed.detail, "version 1 has no partition HR; it has: IT");
}

TEST_F(settings_test, an_old_version_that_breaks_todays_rules_is_refused_whole_with_all_problems) {
  config::v1::Settings old;
  auto broken = part("IT");
  broken.clear_matrix();
  broken.mutable_incoming(0)->set_host("");
  *old.add_partitions() = broken;
  *old.add_partitions() = part("HR");
  storage::write_batch batch;
  batch.put(keys::settings(1), old.SerializeAsString());
  batch.put(keys::settings(2), config::v1::Settings{}.SerializeAsString());
  ASSERT_TRUE(store->commit(owner, std::move(batch)));
  start();
  auto got = roll_back(1);
  ASSERT_TRUE(got->value);
  EXPECT_GE(got->value->problems.size(), 2u);
  EXPECT_EQ(got->value->problems, partitions::validate(old));
  EXPECT_EQ(got->value->now->version, 2u);
  EXPECT_EQ(load_settings(*store)->version, 2u);
  EXPECT_TRUE(roll_back(1, "HR")->value->problems.empty()) << "the partition alone is valid";
}

TEST_F(settings_test, a_disk_that_fails_while_the_old_version_is_read_changes_nothing) {
  apply({part("IT")});
  apply({part("IT", 1993)});
  disk->reads.push_back(fail(ec::store_io));
  EXPECT_EQ(roll_back(1)->failed.code, ec::store_io);
  EXPECT_EQ(port_of("IT"), 1993u);
  EXPECT_TRUE(roll_back(1)->value);
}

TEST_F(settings_test, what_is_known_of_a_version_and_does_not_parse_is_reported) {
  apply({part("IT")});
  storage::write_batch batch;
  batch.put(keys::settings_version(1), "\xff\xff");
  ASSERT_TRUE(store->commit(owner, std::move(batch)));
  EXPECT_EQ(load_history(*store, UINT64_MAX, 1).code(), ec::corrupt_record);
}

}  // namespace
}  // namespace postroom::actors::test
