#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/node.hpp"
#include "actors/settings.hpp"
#include "tests/actors/actor_world.hpp"

namespace postroom::actors::test {

using lines = std::vector<std::string>;

/// A node whose mail servers the test plays.
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

}  // namespace postroom::actors::test
