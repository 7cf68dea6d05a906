// How a session hears of new mails: a subscription to change notifications.
#include <utility>

#include "channels/event_loop.hpp"
#include "channels/graph_session.hpp"
#include "channels/graph_text.hpp"

namespace postroom::channels {
namespace {

/// As Graph's own examples write it: the address as it is, the folder in parentheses.
std::string resource_of(const std::string& root, const std::string& folder) {
  auto out = root + "/mailFolders('" + folder + "')/messages";
  if (const auto at = out.find("%40"); at < root.size()) out.replace(at, 3, "@");
  return out;
}

}  // namespace

void graph_session::watch() {
  if (!settings_.notices || settings_.notification_url.empty()) return;
  subscription_ =
      std::make_shared<graph_subscription>(loop_, settings_, resource_of(root_, folder_id_),
                                           [weak = weak_from_this()](auto what, auto heard_at) {
                                             const auto self = weak.lock();
                                             if (self && !self->ended_)
                                               self->on_news(what, heard_at);
                                           });
  subscription_->start();
}

void graph_session::on_news(graph_subscription::news what,
                            std::chrono::steady_clock::time_point heard_at) {
  // Of what came between a listing and the subscription nobody will tell.
  if (what == graph_subscription::news::subscribed && !listed_) return;
  if (wait_done_) return end_wait(wake{true, heard_at});
  if (!news_) news_ = heard_at;
}

void graph_session::wait(duration at_most, done_fn<wake> done) {
  if (ended_) return done(*ended_);
  if (!subscription_)
    return done(fail(ec::unsupported, "this mailbox has no change notifications"));
  end_wait({});
  if (const auto heard_at = std::exchange(news_, std::nullopt)) return done(wake{true, *heard_at});
  wait_done_ = calls_.add(std::move(done));
  wait_timer_ = loop_.after(at_most, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->end_wait({});
  });
}

void graph_session::end_wait(wake how) {
  loop_.cancel(std::exchange(wait_timer_, 0));
  if (const auto end = std::exchange(wait_done_, nullptr)) end(how);
}

}  // namespace postroom::channels
