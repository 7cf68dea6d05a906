#include "actors/errors.hpp"
#include "actors/outbox_change.hpp"
#include "actors/supervisor.hpp"
#include "actors/worker.hpp"

/// What a person wants done in a partition.
namespace postroom::actors {

namespace {

error not_open(const partition_id& id, bool draining) {
  if (draining)
    return fail(ec::cancelled, "partition " + id.value + " is stopping; nothing was changed");
  return fail(ec::store_io, "the store of partition " + id.value +
                                " is not open; `postroom status` says how it stands");
}

}  // namespace

caf::result<outbox_changed> supervisor_state::change(outbox_request& r) {
  if (draining_ || !unit_.store) return to_caf(not_open(args_.model->id(), draining_));
  if (sender_) return self_->delegate(sender_, r);
  return change_without_sender(r);
}

// No sender lives, so the entry is in nobody's hand; none is started before the commit is done.
caf::result<outbox_changed> supervisor_state::change_without_sender(outbox_request& r) {
  if (changing_outbox_)
    return to_caf(fail(ec::overloaded, "another change of this outbox is under way"));
  changing_outbox_ = true;
  auto promise = self_->make_response_promise<outbox_changed>();
  offload(
      self_, args_.context->store_pool,
      [store = unit_.store, owner = unit_.owner, wanted = r.change, now = args_.context->clock()] {
        return outbox::change(*store, owner, *wanted, now);
      },
      [this, promise, wanted = r.change](result<record::v1::OutboxEntry> done) mutable {
        if (done) outbox::log_change(*wanted);
        on_changed(promise, std::move(done));
      });
  return promise;
}

void supervisor_state::on_changed(caf::response_promise promise,
                                  result<record::v1::OutboxEntry> r) {
  changing_outbox_ = false;
  if (r)
    promise.deliver(outbox_changed{std::make_shared<const record::v1::OutboxEntry>(std::move(*r))});
  else
    promise.deliver(to_caf(r.error()));
  if (draining_) return next_drain_stage();
  if (!sender_is_due_) return;
  sender_is_due_ = false;
  start(sender_name);
}

result<void> supervisor_state::check_factory() const {
  if (draining_ || !unit_.store) return not_open(args_.model->id(), draining_);
  auto factory = children_.find(factory_name);
  if (factory != children_.end() && factory->second.address) return {};
  return fail(ec::cancelled, "the call factory of partition " + args_.model->id().value +
                                 " is not running; nothing was changed, ask again in a moment");
}

}  // namespace postroom::actors
