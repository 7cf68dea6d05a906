#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/directory.hpp"
#include "actors/supervisor.hpp"
#include "tests/actors/actor_world.hpp"

namespace postroom::actors::test {

using lines = std::vector<std::string>;

/// A whole partition with two mailboxes, "it-in" and "it-two", on servers that the test plays.
struct supervisor_test : testing::Test, actor_world {
  supervisor_test() {
    config.mutable_incoming(0)->set_start_from("all");
    *config.add_incoming() = config.incoming(0);
    config.mutable_incoming(1)->set_name("it-two");
    context->make_inbound = [this](const auto&, const config::v1::IncomingServer& s)
        -> result<std::unique_ptr<channels::inbound_channel>> {
      connected[s.name()].push_back(now);
      return std::unique_ptr<channels::inbound_channel>{
          std::make_unique<fake_inbound>(servers.at(s.name()))};
    };
    context->make_outbound = [this](const auto&, const auto&) {
      ++senders;
      return result<std::unique_ptr<channels::outbound_channel>>{
          std::make_unique<fake_outbound>(relay)};
    };
    for (const char* name : {"it-in", "it-two"}) servers[name] = std::make_shared<fake_mailbox>();
    auto people = *engine->open("directory");
    directory_of_all =
        adopt(sys.spawn(directory, directory_args{context, people, *people->claim(), {}}));
  }
  ~supervisor_test() override { stop_all(); }
  void start() {
    life = adopt(sys.spawn(
        supervisor, supervisor_args{context, model_of(config), directory_of_all, boss.address()}));
    death = watch(life);
  }
  void use(const config::v1::Partition& p) {
    caf::anon_send(life, use_model{model_of(p, 2)});
    run();
  }
  fake_mailbox& one() { return *servers.at("it-in"); }
  fake_mailbox& two() { return *servers.at("it-two"); }
  /// The pauses between the connections of a mailbox, in ms.
  std::vector<int64_t> pauses(const std::string& name) {
    std::vector<int64_t> out;
    const auto& at = connected[name];
    for (std::size_t i = 1; i < at.size(); ++i) out.push_back((at[i] - at[i - 1]).count());
    return out;
  }
  admin::v1::MailboxStatus status(const std::string& name) const {
    auto all_of_them = board->snapshot();
    for (const auto& p : all_of_them.partitions())
      for (const auto& m : p.mailboxes())
        if (m.name() == name) return m;
    return {};
  }
  std::string partition_state() const { return board->snapshot().partitions(0).state(); }
  bool near(int64_t got, int64_t wanted) { return got >= wanted && got <= wanted + 200; }

  config::v1::Partition config = partitions::test::valid_partition();
  std::map<std::string, std::shared_ptr<fake_mailbox>> servers;
  std::map<std::string, std::vector<time_point>> connected;
  std::shared_ptr<fake_relay> relay = std::make_shared<fake_relay>();
  directory_actor directory_of_all;
  supervisor_actor life;
  std::shared_ptr<test::death> death;
  int senders = 0;
};

}  // namespace postroom::actors::test
