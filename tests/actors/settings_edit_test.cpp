#include "actors/settings.hpp"
#include "actors/settings_history.hpp"
#include "tests/actors/actor_world.hpp"

namespace postroom::actors::test {
namespace {

using config::v1::IncomingServer;

/// IT with two servers and HR, at version 1.
struct settings_edit_test : testing::Test, actor_world {
  settings_edit_test() {
    store = *engine->open("settings");
    owner = *store->claim();
    life = adopt(sys.spawn(settings, settings_args{context, store, owner, *load_settings(*store)}));
    change_settings c;
    for (const auto* id : {"HR", "IT"}) {
      auto p = partitions::test::valid_partition();
      p.set_id(id);
      for (const auto* n : {"-a", "-b"}) {
        auto server = p.incoming(0);
        server.set_name(id + std::string{n});
        server.set_login(id + std::string{n});
        *p.add_incoming() = server;
      }
      p.mutable_incoming()->DeleteSubrange(0, 1);
      p.mutable_outgoing(0)->set_name(id + std::string{"-out"});
      c.partitions.push_back(p);
    }
    EXPECT_TRUE(change(c)->value);
  }
  ~settings_edit_test() override { stop_all(); }
  using outcome = std::shared_ptr<answer<settings_changed>>;
  outcome change(const change_settings& c) {
    return ask<settings_changed>(life, change_request{std::make_shared<const change_settings>(c)});
  }
  outcome edit(partitions::edit e, uint64_t revision = 0, const std::string& who = "ann") {
    change_settings c;
    c.edit = std::make_shared<const partitions::edit>(std::move(e));
    c.revision = revision;
    c.who = who;
    return change(c);
  }
  /// As stored now.
  IncomingServer server(const std::string& part, int i) const {
    const auto stored = load_settings(*store)->settings;
    return partitions::find_partition(stored, part)->incoming(i);
  }
  uint64_t revision(int i) const {
    return partitions::revision_of(partitions::alone("IT", server("IT", i)));
  }
  outcome set_port(int i, uint32_t port, uint64_t revision, const std::string& who = "ann") {
    auto s = server("IT", i);
    s.set_port(port);
    return edit(partitions::update_item("IT", s.name(), s), revision, who);
  }

  std::shared_ptr<storage::unit_store> store;
  epoch owner;
  settings_actor life;
};

TEST_F(settings_edit_test, an_edit_is_one_version_with_who_why_and_what) {
  auto got = set_port(0, 1993, revision(0));
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->now->version, 2u);
  EXPECT_EQ(server("IT", 0).port(), 1993u);
  const auto history = load_history(*store, UINT64_MAX, 1);
  EXPECT_EQ(history->at(0).who(), "ann");
  EXPECT_EQ(history->at(0).changed(0), "+ IT incoming[IT-a].port: 1993");
}

TEST_F(settings_edit_test, edits_of_different_objects_do_not_disturb_each_other) {
  ASSERT_TRUE(set_port(0, 1993, revision(0))->value);
  ASSERT_TRUE(set_port(1, 2993, revision(1))->value);
  EXPECT_EQ(server("IT", 0).port(), 1993u);
  EXPECT_EQ(server("IT", 1).port(), 2993u);
}

TEST_F(settings_edit_test, edits_that_wait_are_made_on_what_the_earlier_ones_left) {
  store_pool.held = true;
  auto first = edit(partitions::remove_item<IncomingServer>("IT", "IT-a"));
  auto second = edit(partitions::remove_item<IncomingServer>("IT", "IT-b"));
  while (!store_pool.jobs.empty()) {
    store_pool.run();
    run();
  }
  EXPECT_EQ(first->value->now->version, 2u);
  EXPECT_EQ(second->value->now->version, 3u);
  const auto stored = load_settings(*store)->settings;
  EXPECT_TRUE(partitions::find_partition(stored, "IT")->incoming().empty());
}

TEST_F(settings_edit_test, a_stale_edit_is_refused_with_who_changed_what_in_the_object_and_when) {
  advance(duration{1000});
  const auto first = revision(0);
  ASSERT_TRUE(set_port(0, 1993, first, "bob")->value);
  const auto second = revision(0);
  ASSERT_TRUE(set_port(1, 2993, revision(1), "cid")->value);
  const auto failed = set_port(0, 3993, first)->failed;
  EXPECT_EQ(failed.code, ec::outdated);
  EXPECT_EQ(failed.detail,
            "revision: the incoming server \"IT-a\" is not what it was (bob at "
            "2026-11-23T12:00:01.000Z changed incoming[IT-a].port); read it again and do yours "
            "anew");
  EXPECT_EQ(server("IT", 0).port(), 1993u);
  EXPECT_TRUE(set_port(0, 3993, second)->value) << "what changed since is another server";
}

TEST_F(settings_edit_test, an_edit_of_what_somebody_removed_says_who_removed_it) {
  auto s = server("IT", 0);
  const auto read = revision(0);
  s.set_port(1);
  edit(partitions::remove_item<IncomingServer>("IT", s.name()), read, "bob");
  const auto failed = edit(partitions::update_item("IT", s.name(), s), read)->failed;
  EXPECT_EQ(failed.code, ec::outdated);
  EXPECT_NE(failed.detail.find("(bob at "), std::string::npos) << failed.detail;
}

TEST_F(settings_edit_test, the_same_edit_asked_twice_is_done_once) {
  const auto read = revision(0);
  ASSERT_TRUE(set_port(0, 1993, read)->value);
  auto again = set_port(0, 1993, read);
  ASSERT_TRUE(again->value);
  EXPECT_TRUE(again->value->unchanged);
  EXPECT_EQ(load_settings(*store)->version, 2u);
}

TEST_F(settings_edit_test, a_revision_that_never_was_is_refused) {
  EXPECT_EQ(set_port(0, 1993, 7)->failed.code, ec::outdated);
}

TEST_F(settings_edit_test, an_edit_with_problems_changes_nothing_and_lists_all_from_the_object) {
  auto s = server("IT", 0);
  s.set_host("");
  s.set_port(70'000);
  auto got = edit(partitions::update_item("IT", s.name(), s), revision(0));
  ASSERT_TRUE(got->value);
  ASSERT_EQ(got->value->problems.size(), 2u);
  EXPECT_EQ(got->value->problems[0].path, "host");
  EXPECT_EQ(got->value->problems[1].path, "port");
  EXPECT_EQ(load_settings(*store)->version, 1u);
}

TEST_F(settings_edit_test, an_edit_that_the_disk_refuses_changes_nothing) {
  disk->commits.push_back({fail(ec::no_space)});
  EXPECT_EQ(set_port(0, 1993, revision(0))->failed.code, ec::no_space);
  EXPECT_TRUE(set_port(0, 1993, revision(0))->value);
  EXPECT_EQ(load_settings(*store)->version, 2u);
}

TEST_F(settings_edit_test, a_revision_is_the_same_whatever_happens_elsewhere) {
  const auto before = revision(0);
  auto got = set_port(1, 2993, revision(1));
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->revision, revision(1));
  EXPECT_NE(got->value->revision, before);
  EXPECT_EQ(revision(0), before);
}

TEST_F(settings_edit_test, a_change_too_far_back_is_refused_without_reading_the_whole_history) {
  const auto first = revision(0);
  ASSERT_TRUE(set_port(0, 1993, first, "bob")->value);
  for (uint32_t port = 1; port < 30; ++port) ASSERT_TRUE(set_port(1, port, 0)->value);
  const auto failed = set_port(0, 3993, first)->failed;
  EXPECT_EQ(failed.code, ec::outdated);
  EXPECT_EQ(failed.detail,
            "revision: the incoming server \"IT-a\" is not what it was; read it again and do yours "
            "anew");
}

TEST_F(settings_edit_test, problems_are_told_before_a_stale_revision) {
  const auto first = revision(0);
  ASSERT_TRUE(set_port(0, 1993, first, "bob")->value);
  auto got = set_port(0, 70'000, first);
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->problems.size(), 1u);
}

TEST_F(settings_edit_test,
       who_may_not_set_up_all_servers_cannot_name_or_move_secrets_of_the_machine) {
  change_settings c;
  const auto ask_for = [&](const IncomingServer& s) {
    c.edit = std::make_shared<const partitions::edit>(partitions::update_item("IT", s.name(), s));
    c.limited = true;
    return change(c)->value;
  };
  auto s = server("IT", 0);
  s.set_password("env:OF_THE_MACHINE");
  ASSERT_TRUE(edit(partitions::update_item("IT", s.name(), s))->value->problems.empty());
  auto moved = s;
  moved.set_host("mail.example.net");
  auto got = ask_for(moved);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->problems.size(), 1u);
  EXPECT_EQ(got->problems[0].path, "host");
  EXPECT_EQ(server("IT", 0).host(), s.host());
  s.set_window_count(8);
  EXPECT_TRUE(ask_for(s)->problems.empty()) << "all else may change";
}

}  // namespace
}  // namespace postroom::actors::test
