#include "channels/graph_session.hpp"

#include <utility>

#include "channels/event_loop_internals.hpp"
#include "channels/graph_text.hpp"

namespace postroom::channels {

graph_session::graph_session(event_loop& loop, inbound_settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      root_(mailbox_path(settings_.user)),
      api_(std::make_shared<graph_api>(loop, settings_.server, settings_.url, settings_.user,
                                       settings_.max_requests)) {}

bool graph_session::ends_session(const error& why) {
  return why.code == ec::connection_lost || why.code == ec::timeout || why.code == ec::cancelled;
}

std::string graph_session::message_path(const std::string& id) const {
  return root_ + "/messages/" + url_escape(id);
}

void graph_session::open(done_fn<opened_mailbox> done) {
  if (ended_) return done(*ended_);
  stop_hook_ = loop_.internals().on_stop([self = shared_from_this()] { self->stop(loop_stops()); });
  done = calls_.add(std::move(done));
  find_folder(settings_.mailbox, false, [this, done](result<graph_folder> found) {
    if (!found) return give_up(done, found.error());
    opened_ = true;
    folder_id_ = found->id;
    watch();
    done(opened_mailbox{.messages = found->mails, .can_wait = subscription_ != nullptr});
  });
}

/// What was asked before has its end first. All that is to be said to the service is that no
/// notifications are wanted any more.
void graph_session::close(done_fn<void> done) {
  if (ended_) return done(*ended_);
  end_wait({});
  close_done_ = std::move(done);
  calls_.when_none([this] {
    if (!subscription_) return end_close();
    std::exchange(subscription_, nullptr)->leave(held([this] { end_close(); }));
  });
}

void graph_session::end_close() {
  const auto self = shared_from_this();
  const auto end = std::exchange(close_done_, nullptr);
  stop(fail(ec::cancelled, "the channel is closed"));
  end({});
}

void graph_session::stop(error why) {
  if (ended_) return;
  const auto self = shared_from_this();  // the last callback may let go of us
  ended_ = std::move(why);
  api_->stop();
  loop_.internals().forget_stop(stop_hook_);
  if (subscription_) std::exchange(subscription_, nullptr)->leave({});
  loop_.cancel(std::exchange(wait_timer_, 0));
  wait_done_ = nullptr;  // ended with the other calls
  lists_.clear();
  slots_.clear();
  pieces_.clear();
  settles_.clear();
  calls_.end_all(*ended_);
  if (const auto end = std::exchange(close_done_, nullptr)) end(*ended_);
}

}  // namespace postroom::channels
