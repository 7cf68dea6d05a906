#pragma once

#include "actors/call_factory.hpp"
#include "actors/directory.hpp"
#include "tests/actors/actor_world.hpp"
#include "tests/actors/ingest_fixture.hpp"

namespace postroom::actors::test {

using lines = std::vector<std::string>;
using taken = std::shared_ptr<answer<mails_taken>>;

struct factory_test : testing::Test, actor_world {
  factory_test() {
    auto people = *engine->open("directory");
    people_owner = *people->claim();
    directory_of_all =
        adopt(sys.spawn(directory, directory_args{context, people, people_owner, {}}));
    sender = adopt(sys.spawn([this](sender_actor::pointer) -> sender_actor::behavior_type {
      return {[](completion&) {}, [](drain) {}, [this](nudge) { ++nudges; },
              [](outbox_request&) -> caf::result<outbox_changed> {
                return to_caf(fail(ec::unsupported));
              }};
    }));
    run();
    // The partition has been open before, so that the tests see only the commits of their mails.
    EXPECT_TRUE(ingest::load(*unit, owner, context->random));
    disk->committed = 0;
  }
  ~factory_test() override { stop_all(); }
  void start() {
    life = adopt(sys.spawn(
        call_factory, call_factory_args{context_with(pool), model_of(config, 1), unit, owner,
                                        directory_of_all, boss.address(), [this] { ++healthy; }}));
    caf::anon_send(life, use_sender{sender});
    death = watch(life);
    nudges = 0;
  }
  taken give(std::vector<mail_item> items) {
    return ask<mails_taken>(life, take_mails{batch_of(std::move(items))});
  }
  taken give(std::shared_ptr<mail_batch> b) { return ask<mails_taken>(life, take_mails{b}); }
  std::shared_ptr<answer<mail_discarded>> discard(uint64_t mail) {
    discard_mail d{partition_id{"IT"}, mail_id{mail}, "olga", "an advertisement"};
    return ask<mail_discarded>(life, discard_request{std::make_shared<const discard_mail>(d)});
  }
  std::shared_ptr<answer<call_changed>> change(uint64_t call, partitions::call_change to) {
    to.who = "olga";
    to.reason = "asked by phone";
    change_call c{partition_id{"IT"}, call_number{call}, std::move(to), "10.0.0.7"};
    return ask<call_changed>(
        life, change_call_request{std::make_shared<const change_call>(std::move(c))});
  }
  /// Runs the pool's jobs one by one until the factory has nothing more to do.
  void work() {
    while (!pool.jobs.empty()) {
      pool.run();
      run();
    }
  }
  record::v1::Call call(uint64_t n) const {
    return record<record::v1::Call>(keys::call(call_number{n}));
  }

  config::v1::Partition config = partitions::test::valid_partition();
  manual_pool pool;  ///< the factory's own
  epoch people_owner;
  directory_actor directory_of_all;
  sender_actor sender;
  call_factory_actor life;
  std::shared_ptr<test::death> death;
  int healthy = 0;
  int nudges = 0;
};

}  // namespace postroom::actors::test
