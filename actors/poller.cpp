#include "actors/poller.hpp"

#include <algorithm>

#include "actors/errors.hpp"
#include "actors/ingest.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "storage/keys.hpp"

namespace postroom::actors {
namespace keys = storage::keys;
using channels::listed_mail;

namespace {

constexpr duration full_scan_delay{
    60'000};  // after connecting to a mailbox of more than large_mailbox mails
constexpr duration resumed_scan_delay{
    3'600'000};  // what is new is told by the server, and listing all costs many requests
constexpr uint64_t large_mailbox = 10'000;
constexpr duration drain_limit{10'000};

}  // namespace

poller_actor::behavior_type poller(poller_state::pointer self, poller_args args) {
  return self->state.make_behavior(std::move(args));
}

poller_actor::behavior_type poller_state::make_behavior(poller_args args) {
  args_ = std::move(args);
  harden(self_);
  self_->monitor(args_.supervisor);
  self_->set_down_handler([this](caf::down_msg&) { self_->quit(caf::exit_reason::user_shutdown); });
  plan_ = plan::settings_of(*args_.model->incoming(args_.server));
  window_ = mailbox_window{plan_.window_count, plan_.window_bytes};
  arrivals_ = std::make_shared<plan::arrivals>();
  start_scanner();
  status_.set_name(args_.server);
  status_.set_partition(args_.model->id().value);
  status_.set_protocol(plan_.protocol);
  status_.set_restarts(args_.restarts);
  publish("connecting");
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, box = mailbox_id{args_.server}]() -> result<record::v1::MailboxState> {
        auto got = store->get(keys::mailbox(box));
        if (!got) return got.error();
        record::v1::MailboxState state;
        if (*got && !state.ParseFromString(**got))
          return fail(ec::corrupt_record, "a mailbox state does not parse");
        return state;
      },
      [this](result<record::v1::MailboxState> r) { on_state(std::move(r)); });
  return {
      [](completion& c) { (*c.run)(); },
      [this](drain) { begin_drain(); },
      [this](use_factory& f) { on_new_factory(f.factory); },
  };
}

void poller_state::on_state(result<record::v1::MailboxState> r) {
  if (!r) return stop_for(r.error());
  cursor_ = std::move(*r);
  cursor_.clear_outcomes();
  kept_back_ = {cursor_.kept_back().begin(), cursor_.kept_back().end()};
  connect();
}

void poller_state::connect() {
  if (draining_) return maybe_quit();
  auto made = args_.context->make_inbound(args_.model->id(), *args_.model->incoming(args_.server));
  if (!made) return stop_for(made.error());
  channel_ = std::move(*made);
  session_mails_ = 0;
  publish("connecting");
  channel_->open(back(&poller_state::on_opened));
}

void poller_state::on_opened(result<channels::opened_mailbox> r) {
  if (!r) return stop_for(r.error());
  opened_ = *r;
  status_.set_last_success_at(to_millis(args_.context->clock()));
  status_.set_last_error("");
  if (draining_) return maybe_quit();
  if (cursor_.mailbox().empty()) return begin_now();
  const auto change = plan::change_since(plan_, cursor_, opened_.uid_validity);
  if (change != plan::change::none) return begin_elsewhere(change);
  const auto validity = plan::validity_of(plan_, cursor_, opened_.uid_validity);
  if (by(plan::addressing::uid) && cursor_.uid_validity() != validity) {
    log::warn("uid_validity_changed",
              {{"mailbox", args_.server}, {"before", cursor_.uid_validity()}, {"now", validity}});
    begin_anew(validity);
  }
  note_place_of_mailbox();
  start_session();
}

// What the server was not told yet is known by names that mean nothing now. The mails come again,
// as duplicates, and what is to be done with them is done then.
void poller_state::begin_elsewhere(plan::change what) {
  if (what == plan::change::protocol)
    log::warn("protocol_changed", {{"mailbox", args_.server},
                                   {"before", plan::protocol_of(cursor_)},
                                   {"now", plan_.protocol}});
  else
    log::warn("place_changed",
              {{"mailbox", args_.server},
               {"what", what == plan::change::service ? "service" : "account or folder"}});
  begin_anew(
      plan::validity_of(plan_, cursor_, opened_.uid_validity, what != plan::change::protocol));
  // None of these mails was ever ours: the start is now.
  if (what == plan::change::mailbox)
    cursor_.set_baseline_date(plan::baseline_of(args_.context->clock()));
  note_place_of_mailbox();
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, box = mailbox_id{args_.server}] {
        storage::write_batch batch;
        const auto all = keys::pending_of(box);
        batch.erase_range(all.first, all.last);
        return store->stage(owner, std::move(batch));
      },
      [this](result<void> r) { r ? start_session() : stop_for(r.error()); });
}

// All mails may have other names now: RFC 9051 2.3.1.1 for UIDs, and another protocol or place has
// names of its own. The content hash tells which were taken before.
void poller_state::begin_anew(uint64_t validity) {
  cursor_.add_earlier_validities(cursor_.uid_validity());
  cursor_.set_uid_validity(validity);
  cursor_.set_last_uid(0);
  cursor_.set_reconciled_modseq(0);
  cursor_.set_baseline_uid(0);
  cursor_.clear_position();
  postponed_.clear();
  kept_back_.clear();
  args_.breakers->clear();
}

void poller_state::note_place_of_mailbox() {
  cursor_.set_protocol(plan_.protocol);
  *cursor_.mutable_place() = plan_.place;
}

// The first connection ever: where the mailbox begins is decided and said.
void poller_state::begin_now() {
  cursor_.set_mailbox(args_.server);
  note_place_of_mailbox();
  cursor_.set_uid_validity(opened_.uid_validity);
  const auto& configured = args_.model->incoming(args_.server)->start_from();
  cursor_.set_start_from(configured.empty() ? "now" : configured);
  bool from_now = plan_.start.kind == partitions::start_kind::now;
  log::info("mailbox_begins", {{"mailbox", args_.server},
                               {"start_from", cursor_.start_from()},
                               {"messages", opened_.messages},
                               {"skipped", from_now ? opened_.messages : 0}});
  if (!from_now || !by(plan::addressing::uid) || (opened_.uid_next == 0 && opened_.messages > 0)) {
    // Only IMAP has an order of mails, and a few of its servers do not tell UIDNEXT: those that are
    // there now are entered one by one before the mailbox counts as begun.
    const auto now = args_.context->clock();
    if (!from_now)
      cursor_.set_started_at(to_millis(now));
    else if (by(plan::addressing::position))  // what comes from here on is no part of the start
      cursor_.set_baseline_date(plan::baseline_of(now));
    return start_session();
  }
  auto top = opened_.uid_next > 0 ? opened_.uid_next - 1 : 0;
  cursor_.set_started_at(to_millis(args_.context->clock()));
  cursor_.set_last_uid(top);
  cursor_.set_baseline_uid(top);
  cursor_.set_baseline_count(opened_.messages);
  cursor_.set_baseline_date(to_millis(args_.context->clock()));
  start_session();
}

void poller_state::start_session() {
  if (!healthy_)  // not for each session of a life
    log::info(
        "mailbox_open",
        {{"mailbox", args_.server}, {"messages", opened_.messages}, {"idle", opened_.can_wait}});
  if (!cursor_.position().empty()) channel_->resume(cursor_.position());
  scan_at_ = 0;  // the channel is new: it has listed nothing yet
  scan_at_ = scan_start();
  scan_done_ = false;
  places_.clear();
  full_scan_ = !by(plan::addressing::uid) && scan_at_ == 0;
  actions_refused_ = actions_stopped_ = false;
  refused_alone_ = 0;
  settle_again_.clear();
  held_back_.reset();
  if (by(plan::addressing::session)) postponed_.clear();  // each session lists all and asks again
  full_seen_ = full_without_ = 0;
  plan_full_scan();
  publish("reading");
  if (by(plan::addressing::session) || plan_.action == channels::after_commit::leave)
    return advance();
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, box = key_of({})] { return plan::pending_actions(*store, box); },
      [this](result<std::vector<listed_mail>> r) { on_pending_actions(std::move(r)); });
}

// RFC 7162 3.1.2.1: a new mail raises HIGHESTMODSEQ. So where it is still the one of the last full
// comparison, nothing can have come since that has no outcome.
void poller_state::plan_full_scan() {
  const auto now = args_.context->clock();
  const bool unchanged =
      opened_.highest_modseq != 0 && opened_.highest_modseq == cursor_.reconciled_modseq();
  if (by(plan::addressing::position)) {
    next_full_scan_ = now + (full_scan_ ? full_scan_interval : resumed_scan_delay);
    return;
  }
  if (!unchanged) {
    next_full_scan_ = now + (opened_.messages > large_mailbox ? full_scan_delay : duration{0});
    return;
  }
  next_full_scan_ = now + full_scan_interval;
  status_.set_server_messages(opened_.messages);
  status_.set_reconciled_at(to_millis(now));
}

void poller_state::on_pending_actions(result<std::vector<listed_mail>> r) {
  if (!r) return stop_for(r.error());
  for (auto& mail : *r) unsettled_.push_back(std::move(mail));
  advance();
}

/// Does whatever can be done now. Called after every event; each step returns at once.
void poller_state::advance() {
  if (!channel_ || closing_ || stopped_) return;
  if (draining_) {
    settle();
    return maybe_quit();
  }
  fetch_more();
  scan_more();
  hand_over();
  settle();
  if (session_is_full() && !page_out_) {  // the rest is found anew in the next session
    forget_listed();
    scan_done_ = true;
  }
  if (!scan_done_ && !page_out_ && todo_.size() < plan_.window_count) return list_page();
  if (!busy()) rest();
}

bool poller_state::busy() const {
  return page_out_ || handing_ || settling_ || waiting_ || fetching_large_ || asking_budget_ ||
         fetches_out_ > 0 || parsing_ > 0 || !window_.empty() || !unsettled_.empty() ||
         !settle_again_.empty() || !scan_done_ || !todo_.empty();
}

void poller_state::mark_healthy() {
  if (healthy_) return;
  healthy_ = true;
  args_.healthy();
}

void poller_state::rest() {
  if (cursor_.started_at() == 0) {  // start_from now: every mail that was there is entered
    cursor_.set_started_at(to_millis(args_.context->clock()));
    if (cursor_.baseline_date() == 0) cursor_.set_baseline_date(cursor_.started_at());
    cursor_stored_ = false;
    return hand_over_cursor();
  }
  if (std::exchange(compared_, false)) end_of_comparison();
  if (!places_.empty()) {
    const auto all = places_.back().last;
    const auto before = cursor_.position();
    set_position(cursor_, all);
    pass_places(all);
    cursor_stored_ = cursor_stored_ && cursor_.position() == before;
  }
  if (!cursor_stored_) return hand_over_cursor();
  auto now = args_.context->clock();
  heard_at_ = {};
  status_.set_last_success_at(to_millis(now));
  note_backlog(postponed_.size());
  if (session_is_full()) return end_session(duration{0});
  if (by(plan::addressing::session)) return end_session(plan_.poll_interval);
  if (actions_refused_ && now >= actions_again_at_) return end_session(duration{0});
  if (now >= std::min(next_full_scan_, ask_again_at_)) return compare();
  waiting_ = true;
  publish("idle");
  if (opened_.can_wait) return channel_->wait(plan_.poll_interval, back(&poller_state::on_wake));
  later(self_, plan_.poll_interval, [this] { on_wake(channels::wake{}); });
}

void poller_state::on_wake(result<channels::wake> r) {
  if (closing_ || draining_ || stopped_) return;
  waiting_ = false;
  if (!r) return stop_for(r.error());
  if (r->news) heard_at_ = r->heard_at;
  scan_at_ = scan_start();
  scan_done_ = false;
  publish("reading");
  advance();
}

void poller_state::end_session(duration pause) {
  closing_ = true;
  publish("waiting");
  channel_->close([this, pause, to = address_of(self_)](result<void> r) {
    auto ok = r.ok();
    auto why = ok ? error{} : r.error();
    to.deliver([this, pause, ok, why] {
      closing_ = false;
      channel_.reset();
      if (!ok) return stop_for(why);
      forget_actions(std::move(removed_at_quit_));
      removed_at_quit_.clear();
      status_.set_next_try_at(to_millis(args_.context->clock() + pause));
      publish("waiting");
      if (draining_) return maybe_quit();
      later(self_, pause, [this] { connect(); });
    });
  });
}

void poller_state::stop_for(const error& e) {
  // While draining, what is cut short by our own close is no failure.
  if (stopped_ || (draining_ && closing_)) return;
  status_.set_last_error(e.text());
  log::warn("mailbox_failed", {{"mailbox", args_.server}, {"error", e.text()}});
  publish("failed");
  quit(draining_ ? caf::error{caf::exit_reason::user_shutdown} : to_caf(e));
}

void poller_state::quit(caf::error reason) {
  // The pieces of a mail that was not handed over belong to nobody now.
  if (fetching_large_ && large_chunks_ > 0) drop_pieces(large_id_);
  for (auto id : window_.staged(offered_)) drop_pieces(id);
  stopped_ = true;
  channel_.reset();
  self_->quit(std::move(reason));
}

void poller_state::begin_drain() {
  if (draining_) return;
  draining_ = true;
  forget_listed();
  publish("draining");
  // A server that hangs must not hold up the shutdown: what it was not told is told at the next
  // start.
  later(self_, drain_limit, [this] {
    if (!stopped_) quit(caf::exit_reason::user_shutdown);
  });
  if (!channel_ && !closing_) return maybe_quit();
  advance();
}

// What was asked for and not handed over stays on the server; what was handed over is waited for
// and settled.
void poller_state::maybe_quit() {
  if (stopped_ || handing_ || settling_ || closing_ ||
      ((!unsettled_.empty() || !settle_again_.empty()) && channel_))
    return;
  if (channel_) return end_session(duration{0});
  publish("stopped");
  log::info("mailbox_drained", {{"mailbox", args_.server}});
  quit(caf::exit_reason::user_shutdown);
}

void poller_state::publish(const std::string& state) {
  status_.set_state(state);
  status_.set_in_flight(window_.count());
  args_.context->board->set_mailbox(status_);
}

record::v1::MailKey poller_state::key_of(const listed_mail& mail) const {
  record::v1::MailKey box;
  box.set_mailbox(args_.server);
  box.set_uid_validity(cursor_.uid_validity());
  return plan::key_of(box, mail);
}

}  // namespace postroom::actors
