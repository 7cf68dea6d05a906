#pragma once

#include "actors/poller.hpp"
#include "actors/worker.hpp"
#include "tests/actors/actor_world.hpp"

namespace postroom::actors::test {

/// Plays the call factory: keeps what it is offered, answers when the test wants, and writes down
/// what a poller later asks the store for.
struct fake_factory {
  using ptr = std::shared_ptr<fake_factory>;
  struct offer {
    std::shared_ptr<const mail_batch> batch;
    caf::response_promise promise;
  };
  static call_factory_actor start(caf::actor_system& sys, ptr me) {
    return sys.spawn([me](call_factory_actor::pointer self) -> call_factory_actor::behavior_type {
      me->address = self->address();
      return {[](completion& c) { (*c.run)(); },
              [self](drain) { self->quit(caf::exit_reason::user_shutdown); },
              [](use_model&) {},
              [](use_sender&) {},
              [self, me](take_mails& m) -> caf::result<mails_taken> {
                auto promise = self->make_response_promise<mails_taken>();
                me->offers.push_back({m.batch, promise});
                me->offered.push_back(m.batch);
                if (!me->hold) me->answer_now();
                return promise;
              },
              [me](reserve_mail) -> caf::result<mail_reserved> {
                if (me->busy_for > 0) {
                  --me->busy_for;
                  return to_caf(fail(ec::overloaded));
                }
                return mail_reserved{mail_id{me->next_id++}};
              },
              [](discard_request&) -> caf::result<mail_discarded> {
                return to_caf(fail(ec::unsupported));
              },
              [](reprocess_request&) -> caf::result<mail_reprocessed> {
                return to_caf(fail(ec::unsupported));
              },
              [](change_call_request&) -> caf::result<call_changed> {
                return to_caf(fail(ec::unsupported));
              },
              [](probe_request&) -> caf::result<done_message> {
                return to_caf(fail(ec::unsupported));
              }};
    });
  }
  /// Answers the oldest offer, at the next run.
  void answer() {
    ASSERT_FALSE(offers.empty());
    auto self = caf::actor_cast<caf::strong_actor_ptr>(address);
    caf::anon_send(caf::actor_cast<call_factory_actor>(self),
                   make_completion([this] { answer_now(); }));
  }
  void answer_now() {
    auto o = std::move(offers.front());
    offers.pop_front();
    if (!refusals.empty()) {
      o.promise.deliver(to_caf(refusals.front()));
      return refusals.pop_front();
    }
    write(*o.batch);
    o.promise.deliver(mails_taken{o.batch->items.size()});
  }
  void write(const mail_batch& b) const {
    storage::write_batch out;
    for (const auto& item : b.items) {
      out.put(keys::ledger(item.key), "x");
      if (b.remember_action && item.was_read()) out.put(keys::pending_action(item.key), "");
    }
    out.put(keys::mailbox(b.mailbox), b.cursor.SerializeAsString());
    EXPECT_TRUE(store->commit(owner, std::move(out)));
  }
  /// All that was offered: "1,2 call | 3 vanished".
  [[nodiscard]] std::string text() const {
    std::string out;
    for (const auto& b : offered) {
      if (!out.empty()) out += " | ";
      for (const auto& item : b->items) {
        out += std::to_string(item.listed.uid);
        if (!item.reason.empty()) out += ":" + item.reason;
        out += " ";
      }
      if (!b->items.empty()) out.pop_back();
    }
    return out;
  }
  [[nodiscard]] std::vector<uint64_t> uids() const {
    std::vector<uint64_t> out;
    for (const auto& b : offered)
      for (const auto& item : b->items) out.push_back(item.listed.uid);
    return out;
  }

  caf::actor_addr address;
  std::shared_ptr<storage::unit_store> store;
  epoch owner;
  bool hold = false;
  int busy_for = 0;            ///< how many reserve_mail are refused
  std::deque<error> refusals;  ///< of the next offers
  std::deque<offer> offers;    ///< not answered yet
  std::vector<std::shared_ptr<const mail_batch>> offered;
  uint64_t next_id = 1;
};

struct poller_test : testing::Test, actor_world {
  poller_test() {
    in().set_start_from("all");
    context->make_inbound = [this](const auto&, const auto&) { return connect(); };
    book->store = unit;
    book->owner = owner;
    factory = adopt(fake_factory::start(sys, book));
  }
  ~poller_test() override { stop_all(); }

  config::v1::IncomingServer& in() { return *config.mutable_incoming(0); }
  void use_pop3() {
    in().set_protocol("POP3");
    server->pop3 = true;
  }
  void mails(int n, std::optional<time_point> arrived = {}) {
    for (int i = 0; i < n; ++i)
      server->add(raw_mail("m" + std::to_string(server->uid_next)), arrived);
  }
  result<std::unique_ptr<channels::inbound_channel>> connect() {
    ++connects;
    if (refuse_channel.code != ec::none) return refuse_channel;
    return std::unique_ptr<channels::inbound_channel>{std::make_unique<fake_inbound>(server)};
  }
  void start() {
    life = adopt(sys.spawn(
        poller, poller_args{context, model_of(config), "it-in", unit, owner, budget, factory,
                            boss.address(), [this] { ++healthy; }, 0, breakers}));
    death = watch(life);
  }
  /// A new life after the first one was told to go, or was killed.
  void restart() {
    caf::anon_send_exit(life, caf::exit_reason::kill);
    run();
    server->log.clear();
    book->offered.clear();
    start();
  }
  [[nodiscard]] std::vector<std::string> calls(const std::string& name) const {
    std::vector<std::string> out;
    for (const auto& c : server->log)
      if (c.compare(0, name.size(), name) == 0) out.push_back(c);
    return out;
  }
  record::v1::MailboxState cursor() const { return box("it-in"); }
  admin::v1::MailboxStatus status() const {
    auto all = board->snapshot();
    return all.partitions_size() == 0 ? admin::v1::MailboxStatus{} : all.partitions(0).mailboxes(0);
  }

  config::v1::Partition config = partitions::test::valid_partition();
  std::shared_ptr<fake_mailbox> server = std::make_shared<fake_mailbox>();
  fake_factory::ptr book = std::make_shared<fake_factory>();
  std::shared_ptr<byte_budget> budget = std::make_shared<byte_budget>(128u << 20);
  call_factory_actor factory;
  poller_actor life;
  std::shared_ptr<test::death> death;
  std::shared_ptr<connection_breakers> breakers = std::make_shared<connection_breakers>();
  int healthy = 0;
  int connects = 0;
  error refuse_channel{ec::none, {}};
};

using list = std::vector<uint64_t>;
using lines = std::vector<std::string>;

inline list one_to(uint64_t n) {
  list out;
  for (uint64_t i = 1; i <= n; ++i) out.push_back(i);
  return out;
}

}  // namespace postroom::actors::test
