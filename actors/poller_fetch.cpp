// The poller's way of one mail: asked for, parsed, handed over, settled on the server.
#include <algorithm>

#include "actors/ingest.hpp"
#include "actors/poller.hpp"
#include "actors/worker.hpp"
#include "base/backoff.hpp"
#include "base/inject.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "storage/keys.hpp"

namespace postroom::actors {
namespace keys = storage::keys;
using channels::listed_mail;

namespace {

constexpr std::size_t max_group = 64;   // mails per fetch call
constexpr std::size_t max_batch = 256;  // mails per hand-over
constexpr uint64_t max_batch_bytes = 8u << 20;
constexpr uint64_t max_parse_bytes = 2u << 20;  // per parse job
constexpr std::size_t max_settle = 500;         // mails per command on the server
constexpr std::size_t most_refused_alone = 3;
constexpr duration refused_again_after{15 * 60'000};
constexpr backoff_policy factory_retry{duration{100}, duration{5'000}};

/// Whether a channel is of no more use after this error of an action, or the server wants a rest.
bool ends_session(ec code) {
  switch (code) {
    case ec::unreachable:
    case ec::dns_failed:
    case ec::timeout:
    case ec::connection_lost:
    case ec::throttled:
    case ec::overloaded:
    case ec::cancelled:
    case ec::tls_failed:
    case ec::internal:
      return true;
    default:
      return false;
  }
}

}  // namespace

void poller_state::fetch_more() {
  if (asking_budget_ || fetching_large_ || session_is_full()) return;
  const auto now = args_.context->clock();
  std::vector<listed_mail> group;
  uint64_t bytes = 0;
  while (!todo_.empty() && group.size() < max_group) {
    auto& next = todo_.front();
    const bool before_start = plan::before_start(plan_, cursor_, next);
    const auto left_alone = args_.breakers->left_alone_until(plan::name_of(next), now);
    if (before_start || left_alone) {
      if (!group.empty() || !window_.has_room(0)) break;  // keeps the window in the order of uids
      before_start ? skip(next) : leave_alone(next, *left_alone);
    } else if (next.size > plan_.max_mail_bytes) {
      if (!group.empty()) break;
      if (!window_.has_room(ingest::chunk_bytes)) return;
      return fetch_large_next();
    } else {
      if (!window_.has_room(bytes + next.size) ||
          window_.count() + group.size() >= plan_.window_count || session_is_full(group.size()))
        break;
      if (!group.empty() && bytes + next.size > plan_.window_bytes) break;
      bytes += next.size;
      group.push_back(next);
    }
    todo_.pop_front();
  }
  if (!group.empty()) ask_budget(std::move(group), bytes);
}

bool poller_state::session_is_full(std::size_t about_to_ask) const {
  return plan_.max_messages_per_session != 0 &&
         session_mails_ + about_to_ask >= plan_.max_messages_per_session;
}

void poller_state::skip(const listed_mail& mail) {
  auto shown = mail;
  shown.size = 0;
  window_.ask(shown, nullptr);
  window_.ready(mail.uid, plain_item(mail, mail_item::kind::suppress, "before_start",
                                     "there before the start"));
}

mail_item poller_state::plain_item(const listed_mail& mail, mail_item::kind what,
                                   std::string reason, std::string detail) const {
  mail_item item;
  item.what = what;
  item.reason = std::move(reason);
  item.detail = std::move(detail);
  item.key = key_of(mail);
  item.listed = mail;
  item.seen_at = args_.context->clock();
  return item;
}

void poller_state::ask_budget(std::vector<listed_mail> group, uint64_t bytes) {
  asking_budget_ = true;
  args_.budget->acquire(
      bytes, [this, to = address_of(self_), group = std::move(group)](auto lease) mutable {
        to.deliver([this, group = std::move(group), lease = std::move(lease)]() mutable {
          asking_budget_ = false;
          if (draining_ || !channel_) return advance();
          fetch_group(std::move(group), std::move(lease));
          advance();
        });
      });
}

void poller_state::fetch_group(std::vector<listed_mail> group,
                               std::shared_ptr<byte_budget::lease> lease) {
  auto missing = std::make_shared<std::deque<std::string>>();  // of the loop's thread from now on
  for (const auto& mail : group) {
    window_.ask(mail, lease);
    missing->push_back(plan::name_of(mail));
  }
  session_mails_ += group.size();
  ++fetches_out_;
  channel_->fetch(
      std::move(group),
      [this, to = address_of(self_), box = arrivals_, missing](const listed_mail& mail, auto got) {
        std::erase(*missing, plan::name_of(mail));
        std::lock_guard lock{box->mutex};
        box->waiting.push_back({mail, std::move(got)});
        if (box->waiting.size() == 1) to.deliver([this] { on_arrivals(); });
      },
      [this, to = address_of(self_), missing](result<void> r) {
        auto failed = r.ok() ? error{ec::none, {}} : r.error();
        to.deliver([this, failed, first = missing->empty() ? "" : missing->front()] {
          --fetches_out_;
          if (failed.code == ec::none) return advance();
          note_broken_at(first, failed);
          stop_for(failed);
        });
      });
}

void poller_state::on_arrivals() {
  std::vector<plan::arrival> got;
  {
    std::lock_guard lock{arrivals_->mutex};
    got.swap(arrivals_->waiting);
  }
  std::vector<plan::arrival> job;
  uint64_t bytes = 0;
  for (auto& a : got) {
    if (!a.got) {
      not_fetched(a);
      continue;
    }
    handed_out_ = true;
    args_.breakers->came(plan::name_of(a.mail));
    bytes += (*a.got)->size();
    job.push_back(std::move(a));
    if (job.size() < max_group && bytes < max_parse_bytes) continue;
    parse(std::exchange(job, {}));
    bytes = 0;
  }
  if (!job.empty()) parse(std::move(job));
  advance();
}

void poller_state::not_fetched(const plan::arrival& a) {
  if (a.got.code() == ec::not_found) {
    window_.ready(a.mail.uid, plain_item(a.mail, mail_item::kind::suppress, "vanished",
                                         "removed from the server before it was read"));
  } else if (a.got.code() == ec::mail_too_large) {
    large_waiting_.push_back(a.mail);
    fetch_large();
  } else if (a.got.code() == ec::server_busy) {
    postpone(a.mail, a.got.error());
  } else {
    stop_for(a.got.error());
  }
}

void poller_state::parse(std::vector<plan::arrival> mails) {
  ++parsing_;
  plan::item_rules rules;
  rules.box = key_of({});
  rules.not_before = plan::not_before(plan_, cursor_);
  rules.now = args_.context->clock();
  rules.notes = args_.context->notes.get();
  rules.model = args_.model;
  rules.server = args_.model->incoming(args_.server);
  using items = std::vector<mail_item>;
  offload(
      self_, args_.context->parse_pool,
      [mails = std::move(mails), rules, notes = args_.context->notes]() mutable -> result<items> {
        items out;
        for (auto& a : mails) out.push_back(plan::to_item(a, rules));
        return out;
      },
      [this](result<items> r) {
        --parsing_;
        if (!r) return stop_for(r.error());
        for (auto& item : *r) on_parsed(std::move(item));
        advance();
      });
}

// --- to the call factory, in the order of the server ---

void poller_state::on_new_factory(call_factory_actor factory) {
  args_.factory = std::move(factory);
  // Its life began with clearing away what was staged and not committed: the next life of this
  // poller streams such a mail again.
  if (!window_.staged().empty() || (fetching_large_ && large_id_.value != 0))
    return stop_for(fail(ec::cancelled, "the call factory was started anew during a large mail"));
  // An offer the dead factory left unanswered is made again at once. Should it have reached the
  // disk all the same, the ledger knows its mails.
  ++factory_life_;
  handing_ = false;
  if (fetching_large_) reserve_large();
  advance();
}

void poller_state::later_of_factory(duration pause, std::function<void()> fn) {
  later(self_, pause, [this, life = factory_life_, fn = std::move(fn)] {
    if (life == factory_life_) fn();
  });
}

void poller_state::hand_over() {
  if (handing_ || !args_.factory) return;
  auto items = window_.next_batch(max_batch, max_batch_bytes);
  if (items.empty() || stopped_) return;
  send_batch(std::move(items));
}

void poller_state::hand_over_cursor() {
  if (!handing_ && args_.factory) send_batch({});
}

void poller_state::send_batch(std::vector<mail_item> items) {
  handing_ = true;
  auto batch = std::make_shared<mail_batch>();
  batch->mailbox = mailbox_id{args_.server};
  batch->model = args_.model;
  batch->cursor = cursor_;
  if (by(plan::addressing::uid) && !items.empty())
    batch->cursor.set_last_uid(std::max(cursor_.last_uid(), items.back().listed.uid));
  if (!items.empty()) set_position(batch->cursor, items.back().listed.uid);
  batch->cursor.set_highest_modseq(opened_.highest_modseq);
  *batch->cursor.mutable_kept_back() = {kept_back_.begin(), kept_back_.end()};
  batch->remember_action = plan_.action != channels::after_commit::leave;
  offered_ = std::max(offered_, items.size());
  batch->items = std::move(items);
  POSTROOM_INJECT("poller.before_hand_over");
  ask_factory<mails_taken>(
      take_mails{batch}, [this, batch](mails_taken&) { on_taken(*batch); },
      [this](const error& e) { on_refused(e); });
}

void poller_state::on_taken(const mail_batch& batch) {
  handing_ = false;
  refusals_ = 0;
  cursor_ = batch.cursor;
  cursor_stored_ = batch.cursor.kept_back_size() == static_cast<int>(kept_back_.size());
  if (!batch.items.empty()) pass_places(batch.items.back().listed.uid);
  window_.done(batch.items.size());
  offered_ -= batch.items.size();
  mark_healthy();
  if (batch.remember_action)
    for (const auto& item : batch.items)
      if (item.was_read()) unsettled_.push_back(item.listed);
  if (heard_at_ != std::chrono::steady_clock::time_point{} && !batch.items.empty()) {
    auto took = std::chrono::steady_clock::now() - heard_at_;
    heard_at_ = {};
    metrics::get_histogram(
        "postroom_exists_to_durable_seconds",
        "from the server's announcement of a mail during IDLE to the durable call", {})
        .observe_us(static_cast<uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  }
  publish(status_.state());
  advance();
}

// Nothing is lost: the mails stay in the window and are offered again, to whichever factory lives
// then.
void poller_state::on_refused(const error& e) {
  log::warn("hand_over_refused", {{"mailbox", args_.server}, {"error", e.text()}});
  later_of_factory(backoff_delay(factory_retry, ++refusals_, args_.context->random), [this] {
    handing_ = false;
    advance();
  });
}

// --- on the server, after the commit ---

void poller_state::settle() {
  if (actions_stopped_) unsettled_.clear();
  if (settling_ || !channel_ || closing_) return;
  if (settle_again_.empty()) {
    if (unsettled_.empty()) return;
    const auto end =
        unsettled_.begin() + static_cast<std::ptrdiff_t>(std::min(unsettled_.size(), max_settle));
    settle_again_.emplace_back(unsettled_.begin(), end);
    unsettled_.erase(unsettled_.begin(), end);
  }
  settling_ = true;
  auto mails = std::move(settle_again_.front());
  settle_again_.pop_front();
  POSTROOM_INJECT("poller.before_settle");
  auto shared = std::make_shared<std::vector<listed_mail>>(mails);
  channel_->settle(std::move(mails), plan_.action, plan_.move_to,
                   [this, to = address_of(self_), shared](result<void> r) {
                     auto failed = r.ok() ? error{ec::none, {}} : r.error();
                     to.deliver([this, shared, failed] { on_settled(std::move(*shared), failed); });
                   });
}

void poller_state::on_settled(std::vector<listed_mail> mails, const error& failed) {
  settling_ = false;
  if (failed.code != ec::none) {
    if (ends_session(failed.code)) return stop_for(failed);
    return action_refused(std::move(mails), failed);
  }
  if (by(plan::addressing::session))
    removed_at_quit_.insert(removed_at_quit_.end(), mails.begin(), mails.end());
  else
    forget_actions(std::move(mails));
  advance();
}

// A full or forbidden folder must not keep new mails from becoming calls, nor one mail that cannot
// be moved the others from being so: halves are tried, down to single mails. What was refused stays
// on disk and is tried again in a new session.
void poller_state::action_refused(std::vector<listed_mail> mails, const error& e) {
  if (mails.size() > 1 && refused_alone_ < most_refused_alone) {
    const auto middle = mails.begin() + static_cast<std::ptrdiff_t>(mails.size() / 2);
    settle_again_.emplace_front(middle, mails.end());
    settle_again_.emplace_front(mails.begin(), middle);
    return advance();
  }
  log::warn("action_refused", {{"mailbox", args_.server}, {"error", e.text()}});
  status_.set_last_error(e.text());
  actions_refused_ = true;
  actions_again_at_ = args_.context->clock() + refused_again_after;
  actions_stopped_ = ++refused_alone_ >= most_refused_alone;
  if (actions_stopped_) settle_again_.clear();
  advance();
}

// Without waiting: if it is lost in a crash, the action is repeated, which is harmless.
void poller_state::forget_actions(std::vector<listed_mail> mails) {
  if (mails.empty()) return;
  storage::write_batch batch;
  for (const auto& m : mails) batch.erase(keys::pending_action(key_of(m)));
  stage(std::move(batch));
}

void poller_state::stage(storage::write_batch batch) {
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, batch = std::move(batch)]() mutable {
        return store->stage(owner, std::move(batch));
      },
      [this](result<void> r) {
        if (!r) stop_for(r.error());
      });
}

}  // namespace postroom::actors
