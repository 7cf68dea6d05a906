#include <algorithm>

#include "actors/errors.hpp"
#include "actors/outbox_change.hpp"
#include "actors/sender.hpp"
#include "actors/worker.hpp"

/// What a person wants done with an entry of the outbox.
namespace postroom::actors {

namespace {

constexpr std::size_t max_asked = 64;

error stopping(const change_outbox& wanted) {
  return fail(ec::cancelled, "the sender of partition " + wanted.partition.value +
                                 " is stopping; nothing was changed, ask again in a moment");
}

error cut_off(const change_outbox& wanted) {
  return fail(ec::cancelled, "partition " + wanted.partition.value +
                                 " stopped before it was known whether this is on disk; look at " +
                                 "it with `postroom outbox`");
}

}  // namespace

bool sender_state::is_asked(uint64_t id) const {
  return std::any_of(asked_.begin(), asked_.end(),
                     [id](const asked& a) { return a.change->entry == id; });
}

caf::result<outbox_changed> sender_state::take(outbox_request& r) {
  const auto& wanted = *r.change;
  if (draining_ || stop_) return to_caf(stopping(wanted));
  if (active_.contains(wanted.entry)) return to_caf(outbox::in_hand_now(wanted));
  if (asked_.size() >= max_asked)
    return to_caf(fail(ec::overloaded, "too many changes of this outbox at once"));
  auto promise = self_->make_response_promise<outbox_changed>();
  asked_.push_back({r.change, promise});
  next_change();
  return promise;
}

// Not while a look is under way: its page may hold the entry as it was before.
void sender_state::next_change() {
  if (looking_ || changing_ || asked_.empty()) return;
  changing_ = true;
  ++commits_;
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, wanted = asked_.front().change,
       now = args_.context->clock()] { return outbox::change(*store, owner, *wanted, now); },
      [this](result<record::v1::OutboxEntry> r) { on_changed(std::move(r)); });
}

void sender_state::on_changed(result<record::v1::OutboxEntry> r) {
  changing_ = false;
  --commits_;
  auto a = std::move(asked_.front());
  asked_.pop_front();
  if (r) {
    outbox::log_change(*a.change);
    a.promise.deliver(
        outbox_changed{std::make_shared<const record::v1::OutboxEntry>(std::move(*r))});
  } else {
    a.promise.deliver(to_caf(r.error()));
    if (!nothing_changed(r.error())) return stop_for(r.error());
  }
  if (stop_) return stop_for(*stop_);
  next_change();
  look();  // looks pass over what is being changed, so there may be something due
  maybe_quit();
}

/// Answers those that wait from the given place on; the one under way is answered when it is done.
void sender_state::refuse_changes(std::size_t from) {
  while (asked_.size() > from) {
    auto& last = asked_.back();
    bool under_way = changing_ && asked_.size() == 1;
    last.promise.deliver(to_caf(under_way ? cut_off(*last.change) : stopping(*last.change)));
    asked_.pop_back();
  }
}

}  // namespace postroom::actors
