#include "actors/call_factory.hpp"
#include "actors/calls.hpp"
#include "actors/errors.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"

/// What a person changes of a call.
namespace postroom::actors {

namespace {

constexpr std::size_t max_asked = 64;

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
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, model = args_.model, wanted = next.change,
       now = args_.context->clock()] { return calls::change(*store, owner, *model, *wanted, now); },
      [this, next](result<call_changed> r) {
        if (r && r->update)
          log::info("call_changed", {{"partition", next.change->partition.value},
                                     {"call", next.change->call.value},
                                     {"who", next.change->to.who}});
        on_changed(next.promise, std::move(r));
      });
}

void call_factory_state::on_changed(caf::response_promise promise, result<call_changed> r) {
  busy_ = false;
  if (!r) {
    promise.deliver(to_caf(r.error()));
    if (!nothing_changed(r.error())) return die(r.error());
  } else {
    promise.deliver(std::move(*r));
  }
  maybe_quit();
  next_round();
}

}  // namespace postroom::actors
