#include "actors/call_factory.hpp"
#include "actors/errors.hpp"
#include "actors/quarantine.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"

/// What a person does with the quarantine.
namespace postroom::actors {

namespace {

constexpr std::size_t max_asked = 64;

}  // namespace

caf::result<mail_discarded> call_factory_state::take(discard_request& r) {
  if (discards_.size() >= max_asked)
    return to_caf(fail(ec::overloaded, "too many changes of this quarantine at once"));
  auto promise = self_->make_response_promise<mail_discarded>();
  discards_.push_back({r.discard, promise});
  next_round();
  return promise;
}

void call_factory_state::next_discard() {
  busy_ = true;
  auto next = std::move(discards_.front());
  discards_.pop_front();
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, wanted = next.discard,
       now = args_.context->clock()] { return quarantine::discard(*store, owner, *wanted, now); },
      [this, next](result<record::v1::QuarantineEntry> r) {
        if (r)
          log::info("mail_discarded", {{"partition", next.discard->partition.value},
                                       {"mail", next.discard->mail.value},
                                       {"who", next.discard->who}});
        on_discarded(next.promise, std::move(r));
      });
}

void call_factory_state::on_discarded(caf::response_promise promise,
                                      result<record::v1::QuarantineEntry> r) {
  busy_ = false;
  if (!r) {
    promise.deliver(to_caf(r.error()));
    if (!nothing_changed(r.error())) return die(r.error());
  } else {
    promise.deliver(
        mail_discarded{std::make_shared<const record::v1::QuarantineEntry>(std::move(*r))});
  }
  maybe_quit();
  next_round();
}

}  // namespace postroom::actors
