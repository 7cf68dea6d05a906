#include "actors/call_factory.hpp"
#include "actors/calls.hpp"
#include "actors/errors.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"

/// What a person changes of a call.
namespace postroom::actors {

namespace {

constexpr std::size_t max_asked = 64;
constexpr auto directory_deadline = std::chrono::seconds{30};

}  // namespace

caf::result<call_changed> call_factory_state::take(change_call_request& r) {
  if (changes_.size() >= max_asked)
    return to_caf(fail(ec::overloaded, "too many changes of calls of this partition at once"));
  auto promise = self_->make_response_promise<call_changed>();
  changes_.push_back({r.change, promise});
  next_round();
  return promise;
}

void call_factory_state::next_change() {
  busy_ = true;
  auto next = std::move(changes_.front());
  changes_.pop_front();
  using people = std::set<uint64_t>;
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, wanted = next.change] { return calls::people_of(*store, *wanted); },
      [this, next](result<people> r) {
        if (!r) return on_changed(next, r.error());
        ask_whom_to_tell(next, std::move(*r));
      });
}

// By their records it is known in which language and format they are told.
void call_factory_state::ask_whom_to_tell(asked_change next, std::set<uint64_t> people) {
  auto ask = std::make_shared<resolve_people>();
  ask->partition = args_.model->id();
  ask->persons = std::move(people);
  self_->request(args_.directory, directory_deadline, resolve_request{ask})
      .then([this, next](people_resolved& p) { change_call_now(next, *p.persons); },
            [this, next](caf::error& e) mutable {
              next.promise.deliver(to_caf(from_caf(e)));
              after_change();
            });
}

void call_factory_state::change_call_now(asked_change next,
                                         std::map<uint64_t, record::v1::Person> people) {
  calls::telling tell{std::move(people), keys_, random_hex(args_.context->random),
                      numbers_.next_outbox};
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, model = args_.model, wanted = next.change,
       tell = std::move(tell), now = args_.context->clock()] {
        return calls::change(*store, owner, *model, *wanted, tell, now);
      },
      [this, next](result<calls::changed> r) { on_changed(next, std::move(r)); });
}

void call_factory_state::on_changed(asked_change next, result<calls::changed> r) {
  if (!r) {
    next.promise.deliver(to_caf(r.error()));
    if (nothing_changed(r.error())) return after_change();
    busy_ = false;
    return die(r.error());
  }
  if (r->answer.update)
    log::info("call_changed", {{"partition", next.change->partition.value},
                               {"call", next.change->call.value},
                               {"who", next.change->to.who}});
  if (r->next_outbox != numbers_.next_outbox && sender_) self_->send(sender_, nudge_v);
  numbers_.next_outbox = r->next_outbox;
  next.promise.deliver(std::move(r->answer));
  after_change();
}

void call_factory_state::after_change() {
  busy_ = false;
  maybe_quit();
  next_round();
}

}  // namespace postroom::actors
