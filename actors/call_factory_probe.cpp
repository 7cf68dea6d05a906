#include "actors/call_factory.hpp"
#include "actors/errors.hpp"
#include "actors/probe.hpp"
#include "actors/worker.hpp"

/// Marked mails that try out the way from our outgoing to our incoming server.
namespace postroom::actors {

namespace {

constexpr std::size_t max_asked = 16;

}  // namespace

caf::result<done_message> call_factory_state::take(probe_request& r) {
  if (probes_.size() >= max_asked)
    return to_caf(fail(ec::overloaded, "too many probes of this partition at once"));
  auto promise = self_->make_response_promise<done_message>();
  probes_.push_back({r.probe, promise});
  next_round();
  return promise;
}

void call_factory_state::next_probe() {
  busy_ = true;
  auto next = std::move(probes_.front());
  probes_.pop_front();
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, probe = next.probe, now = args_.context->clock()] {
        return probes::open(*store, owner, *probe, now);
      },
      [this, promise = next.promise](result<void> r) mutable {
        busy_ = false;
        if (!r) {
          promise.deliver(to_caf(r.error()));
          return die(r.error());
        }
        promise.deliver(done_message{});
        maybe_quit();
        next_round();
      });
}

}  // namespace postroom::actors
