// Whole mails by $value: several under way, answered in order.
#include <algorithm>
#include <utility>

#include "channels/graph_session.hpp"
#include "channels/graph_text.hpp"
#include "channels/mail_size.hpp"

namespace postroom::channels {
namespace {

/// 403 of so many mails, and none was read: then it is our permission that lacks. A few may be
/// protected each for itself.
constexpr std::size_t many_denied = 3;

}  // namespace

struct graph_session::fetch_job {
  inbound_channel::on_mail_fn on_mail;
  done_fn<void> done;
  std::optional<error> denied;  ///< the service would not hand out one of its mails
};

/// A mail's place in the order of the answers, or, without a mail, the end of a call.
struct graph_session::fetch_slot {
  std::shared_ptr<fetch_job> job;
  std::optional<listed_mail> mail;
  std::optional<result<std::shared_ptr<const std::string>>> outcome;
  graph_api::id request = 0;
  bool started = false;
  uint64_t cost = 0;  ///< what it takes of `pipeline_bytes`
  uint64_t keep = 0;  ///< what is read of it at most
};

void graph_session::fetch(std::vector<listed_mail> mails, inbound_channel::on_mail_fn on_mail,
                          done_fn<void> done) {
  if (ended_) return done(*ended_);
  end_wait({});
  const auto job =
      std::make_shared<fetch_job>(fetch_job{std::move(on_mail), calls_.add(std::move(done)), {}});
  for (auto& mail : mails) {
    auto slot = std::make_shared<fetch_slot>();
    slot->job = job;
    slot->cost = std::min(mail.size, settings_.max_mail_bytes);
    if (!mail.size_is_bound && mail.size > settings_.max_mail_bytes)
      slot->outcome = fail(ec::mail_too_large);
    slot->mail = std::move(mail);
    slots_.push_back(std::move(slot));
  }
  auto end = std::make_shared<fetch_slot>();
  end->job = job;
  slots_.push_back(std::move(end));
  pump_fetch();
  deliver();
}

bool graph_session::may_start(const fetch_slot& slot) const {
  return fetching_ == 0 || (fetching_ < api_->max_requests() &&
                            fetching_bytes_ + slot.cost <= settings_.pipeline_bytes);
}

/// What was read and waits for one before it counts as under way: it is in memory.
void graph_session::pump_fetch() {
  for (const auto& slot : slots_) {
    if (!slot->mail || slot->outcome || slot->started) continue;
    if (!may_start(*slot)) break;
    start_fetch(slot);
  }
}

void graph_session::start_fetch(const std::shared_ptr<fetch_slot>& slot) {
  slot->started = true;
  ++fetching_;
  fetching_bytes_ += slot->cost;
  const auto told = slot->mail->size_is_bound ? std::nullopt : std::optional(slot->mail->size);
  slot->keep = most_kept(told, settings_.max_mail_bytes);
  request_mail(slot);
}

void graph_session::request_mail(const std::shared_ptr<fetch_slot>& slot) {
  graph_request request;
  request.target = message_path(slot->mail->uidl) + "/$value";
  request.max_bytes = slot->keep;
  slot->request = api_->start(std::move(request), held([this, slot](result<http_answer> got) {
                                on_fetched(slot, std::move(got));
                              }));
}

/// Of one mail only: the mailbox goes on.
error graph_session::mail_error(const http_answer& answer) {
  auto why = graph_error(answer);
  if (why.code == ec::position_lost) why.code = ec::not_found;  // 410
  if (why.code == ec::protocol_violation) why.code = ec::server_busy;
  return why;
}

void graph_session::note_denied(const std::string& id) {
  if (!read_some_) denied_.insert(id);
}

bool graph_session::may_read_mails() const {
  return read_some_ || denied_.size() < many_denied;
}

/// 403 for one mail among others is of what protects this mail, not of our permissions.
error graph_session::denied_error(error why, const std::string& id) {
  if (why.code != ec::oauth_consent_missing) return why;
  note_denied(id);
  if (may_read_mails()) why.code = ec::server_busy;
  return why;
}

void graph_session::on_fetched(const std::shared_ptr<fetch_slot>& slot, result<http_answer> got) {
  slot->request = 0;
  const auto limit = settings_.max_mail_bytes;
  if (!got && got.code() == ec::mail_too_large && slot->keep < limit) {
    // Its text is far larger than the stored mail (letters of three bytes, each written as nine):
    // whether it is too large is still open.
    fetching_bytes_ += limit - slot->cost;
    slot->cost = slot->keep = limit;
    return request_mail(slot);
  }
  if (!got && got.code() == ec::mail_too_large) {
    slot->outcome = fail(ec::mail_too_large);
  } else if (!got && (was_cut_off(got.error()) || got.code() == ec::server_busy)) {
    return blame_mail(slot, got.error());
  } else if (!got) {
    return drop_job(slot->job, got.error());
  } else if (got->status / 100 == 2) {
    read_some_ = true;
    slot->outcome = std::make_shared<const std::string>(std::move(got->body));
  } else {
    auto why = mail_error(*got);
    if (why.code == ec::oauth_consent_missing) {
      slot->job->denied = why;
      note_denied(slot->mail->uidl);
      why.code = ec::server_busy;
    }
    const bool of_mail =
        why.code == ec::not_found || why.code == ec::mail_too_large || why.code == ec::server_busy;
    if (!of_mail) return drop_job(slot->job, why);
    slot->outcome = why;
  }
  deliver();
}

/// The answer was cut off or an excuse, each time (graph_api asks again): for this mail's sake,
/// when the service is well otherwise.
void graph_session::blame_mail(const std::shared_ptr<fetch_slot>& slot, error why) {
  why.code = ec::server_busy;
  slot->request = ask_if_well([this, slot, why](const result<void>& well) {
    slot->request = 0;
    if (!well) return drop_job(slot->job, well.error());
    slot->outcome = why;
    deliver();
  });
}

graph_api::id graph_session::ask_if_well(std::function<void(result<void>)> told) {
  graph_request request;
  request.target = root_ + "/mailFolders/" + url_escape(folder_id_) + "?$select=id";
  return api_->start(std::move(request),
                     held([told = std::move(told)](const result<http_answer>& got) {
                       if (!got) return told(got.error());
                       if (got->status / 100 != 2) return told(graph_error(*got));
                       told({});
                     }));
}

/// A callback may ask for more, or end the session; the loop finds either.
void graph_session::deliver() {
  if (std::exchange(delivering_, true)) return;
  const auto self = shared_from_this();
  while (!ended_ && !slots_.empty() && (!slots_.front()->mail || slots_.front()->outcome)) {
    const auto slot = slots_.front();
    slots_.pop_front();
    if (slot->started) {
      --fetching_;
      fetching_bytes_ -= slot->cost;
      pump_fetch();
    }
    if (!slot->mail) {
      const auto& denied = slot->job->denied;
      slot->job->done(denied && !may_read_mails() ? result<void>(*denied) : result<void>());
    } else {
      slot->job->on_mail(*slot->mail, std::move(*slot->outcome));
    }
  }
  delivering_ = false;
}

/// The rest of this call is not asked for any more.
void graph_session::drop_job(const std::shared_ptr<fetch_job>& job, const error& why) {
  const auto self = shared_from_this();
  if (ends_session(why)) return stop(why);
  for (auto& slot : slots_) {
    if (slot->job != job || !slot->started) continue;
    if (slot->request) api_->cancel(slot->request);
    --fetching_;
    fetching_bytes_ -= slot->cost;
  }
  std::erase_if(slots_, [&](const auto& slot) { return slot->job == job; });
  job->done(why);
  if (ended_) return;
  pump_fetch();
  deliver();
}

}  // namespace postroom::channels
