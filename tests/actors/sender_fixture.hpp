#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/outbox.hpp"
#include "actors/sender.hpp"
#include "tests/actors/actor_world.hpp"

namespace postroom::actors::test {

using record::v1::OutboxEntry;
using record::v1::OutboxRecipient;
using lines = std::vector<std::string>;

inline channels::send_report refusal(int code) {
  channels::send_report r;
  r.reply_code = code;
  r.reply = std::to_string(code) + " no";
  r.code = code < 500 ? ec::server_busy : ec::recipient_refused;
  r.permanent = code >= 500;
  return r;
}

inline channels::send_report server_down(ec why = ec::unreachable) {
  channels::send_report r;
  r.code = why;
  r.server_wide = true;
  r.permanent = why == ec::auth_refused;
  return r;
}

struct sender_test : testing::Test, actor_world {
  sender_test() {
    context->make_outbound = [this](const auto&, const auto&) { return connect(); };
  }
  ~sender_test() override { stop_all(); }
  result<std::unique_ptr<channels::outbound_channel>> connect() {
    if (refuse_channel.code != ec::none) return refuse_channel;
    return std::unique_ptr<channels::outbound_channel>{std::make_unique<fake_outbound>(relay)};
  }
  void start() {
    life =
        adopt(sys.spawn(sender, sender_args{context, model_of(config), unit, owner, boss.address(),
                                            [this] { ++healthy; }, directory_of_all}));
    death = watch(life);
  }
  void put(uint64_t id, std::vector<std::string> to, duration after_now = duration{0},
           uint64_t attached = 0) {
    OutboxEntry e;
    e.set_attached_mail(attached);
    e.set_id(id);
    e.set_message_id("id-" + std::to_string(id) + "@example.org");
    e.set_created_at(to_millis(now));
    e.set_next_attempt_at(to_millis(now + after_now));
    for (const auto& a : to) e.add_recipients()->set_address(a);
    auto due = e.next_attempt_at();
    ASSERT_TRUE(unit->commit(owner, outbox::changes(e, due)));
  }
  void put_many(uint64_t n) {
    for (uint64_t id = 1; id <= n; ++id) put(id, {"u" + std::to_string(id) + "@example.com"});
  }
  void nudge_it() {
    caf::anon_send(life, nudge_v);
    run();
  }
  OutboxEntry entry(uint64_t id) const { return record<OutboxEntry>(keys::outbox(id)); }

  config::v1::Partition config = partitions::test::valid_partition();
  std::shared_ptr<fake_relay> relay = std::make_shared<fake_relay>();
  directory_actor directory_of_all;  ///< null: nobody is asked
  sender_actor life;
  std::shared_ptr<test::death> death;
  int healthy = 0;
  error refuse_channel{ec::none, {}};
};

}  // namespace postroom::actors::test
