// What is new in the mailbox: listings, held against the ledger.
#include <algorithm>

#include "actors/poller.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"

namespace postroom::actors {
using channels::listed_mail;

namespace {

constexpr duration position_kept_for{3'600'000};

}  // namespace

void poller_state::list_page() {
  page_out_ = true;
  channel_->list(scan_at_, plan::page_size, back(&poller_state::on_page));
}

/// Which mails the next listing is about: those with larger numbers (0: all). The channel knows how
/// far it has listed; a position that is stored lies there or before.
uint64_t poller_state::scan_start() const {
  switch (plan_.addressing) {
    case plan::addressing::uid:
      return cursor_.last_uid();
    case plan::addressing::session:
      return 0;
    case plan::addressing::position:
      return cursor_.position().empty() ? scan_at_ : std::max<uint64_t>(scan_at_, 1);
  }
  return 0;
}

// A listing without mails moves nothing that matters: its place is kept now and then only, so that
// a mailbox at rest does not cost a commit with each poll.
void poller_state::note_place(const channels::listing& page) {
  if (page.position.empty()) return;
  const bool due = args_.context->clock() >= position_stored_at_ + position_kept_for ||
                   cursor_.position().empty();
  if (page.mails.empty() && places_.empty() && !due) return;
  places_.push_back({page.mails.empty() ? scan_at_ : page.mails.back().uid, page.position});
}

/// To the last place that has no mail without an outcome before it. A mail that the server would
/// not give now holds it back, so that the next session lists it again.
void poller_state::set_position(record::v1::MailboxState& cursor, uint64_t handed_over) const {
  for (const auto& p : places_)
    if (p.last <= handed_over && (!held_back_ || p.last < *held_back_))
      cursor.set_position(p.position);
}

void poller_state::pass_places(uint64_t handed_over) {
  while (!places_.empty() && places_.front().last <= handed_over) {
    position_stored_at_ = args_.context->clock();
    places_.pop_front();
  }
}

/// They are listed again, from the place that is on disk.
void poller_state::forget_listed() {
  todo_.clear();
  places_.clear();
}

// The server has forgotten how far the listing came: everything it shows is held against the
// ledger, once what is under way is done. A server that forgets that listing, too, gets a rest.
void poller_state::on_lost_position(const error& e) {
  log::warn("position_lost", {{"mailbox", args_.server}});
  if (std::exchange(position_lost_, true)) return stop_for(e);
  page_out_ = false;
  scan_done_ = true;
  next_full_scan_ = args_.context->clock();
  advance();
}

/// Mails may have other names now.
void poller_state::forget_position() {
  cursor_.clear_position();
  if (cursor_.earlier_validities_size() == 0)
    cursor_.add_earlier_validities(cursor_.uid_validity());
}

void poller_state::on_page(result<channels::listing> r) {
  if (r.code() == ec::position_lost && scan_at_ != 0) return on_lost_position(r.error());
  if (!r) return stop_for(r.error());
  note_place(*r);
  auto& mails = r->mails;
  if (mails.size() < plan::page_size) scan_done_ = true;
  if (mails.empty()) {
    page_out_ = false;
    end_of_scan();
    return advance();
  }
  scan_at_ = mails.back().uid;
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, box = key_of({}), mails = std::move(mails)] {
        return plan::filter(*store, box, mails);
      },
      [this](result<std::vector<plan::listed>> got) { on_filtered(std::move(got)); });
}

void poller_state::on_filtered(result<std::vector<plan::listed>> r) {
  if (!r) return stop_for(r.error());
  page_out_ = false;
  for (auto& l : *r) {
    ++full_seen_;
    if (l.has_outcome) {
      if (l.action_pending && by(plan::addressing::session) &&
          plan_.action != channels::after_commit::leave)
        unsettled_.push_back(std::move(l.mail));
      continue;
    }
    if (by(plan::addressing::uid) && l.mail.uid <= cursor_.baseline_uid()) continue;
    ++full_without_;
    if (postponed_.contains(plan::name_of(l.mail))) {
      hold_back(l.mail.uid);
      continue;  // until the next comparison
    }
    todo_.push_back(std::move(l.mail));
  }
  if (!todo_.empty())
    note_backlog(todo_.size());  // found so far; the end of a comparison knows all
  if (scan_done_) end_of_scan();
  advance();
}

/// Lists all there is and holds it against the ledger.
void poller_state::compare() {
  const auto now = args_.context->clock();
  next_full_scan_ = now + full_scan_interval;
  ask_again_at_ = time_point::max();
  if (position_lost_) forget_position();
  scan_at_ = 0;
  scan_done_ = false;
  places_.clear();
  held_back_.reset();
  // Listing all is dear there.
  postponed_rounds_ =
      postponed_.empty() || !by(plan::addressing::position) ? 0 : postponed_rounds_ + 1;
  postponed_.clear();
  full_scan_ = true;
  full_seen_ = full_without_ = 0;
  advance();
}

void poller_state::end_of_scan() {
  position_lost_ = false;
  if (full_scan_) {
    status_.set_server_messages(full_seen_);
    note_backlog(full_without_);
    status_.set_reconciled_at(to_millis(args_.context->clock()));
    full_scan_ = false;
    compared_ = true;
  }
  mark_healthy();
}

/// Everything the comparison found has its outcome by now, unless the server kept a mail back.
void poller_state::end_of_comparison() {
  if (std::erase_if(kept_back_, [&](const auto& k) { return !postponed_.contains(k.first); }) > 0)
    cursor_stored_ = false;
  if (!postponed_.empty() || opened_.highest_modseq == 0 ||
      cursor_.reconciled_modseq() == opened_.highest_modseq)
    return;
  cursor_.set_reconciled_modseq(opened_.highest_modseq);
  cursor_stored_ = false;
}

void poller_state::note_backlog(uint64_t mails) {
  status_.set_server_without_outcome(mails);
  if (mails == 0)
    status_.set_behind_since(0);
  else if (status_.behind_since() == 0)
    status_.set_behind_since(to_millis(args_.context->clock()));
  if (mails != 0) publish(status_.state());
}

}  // namespace postroom::actors
