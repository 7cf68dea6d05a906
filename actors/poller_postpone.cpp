// Mails that the server will not hand out: asked for again later, and given up in the end.
#include <algorithm>

#include "actors/ingest.hpp"
#include "actors/poller.hpp"
#include "base/log.hpp"

namespace postroom::actors {
using channels::listed_mail;

namespace {

constexpr duration given_up_after{96 * 3'600'000};  // as long as a mail of ours is tried to be sent
constexpr std::size_t most_kept_back = 100;         // whose time is kept

}  // namespace

// The server keeps this one mail to itself for now. The mailbox goes on; the next full comparison
// with the ledger finds the mail without an outcome and asks again.
void poller_state::postpone(const listed_mail& mail, const error& why) {
  log::warn("mail_postponed", {{"mail", ingest::render_key(key_of(mail))}, {"error", why.text()}});
  keep_back(mail, why, args_.context->clock() + pause_of_mail(postponed_rounds_));
}

void poller_state::keep_back(const listed_mail& mail, const error& why, time_point again_at) {
  const auto since = kept_back_since(mail);
  if (handed_out_ && args_.context->clock() >= since + given_up_after) return give_up(mail, why);
  window_.forget(mail.uid);
  hold_back(mail.uid);
  postponed_.insert(plan::name_of(mail));
  ask_again_at_ = std::min(ask_again_at_, again_at);
}

// Where the channel cannot tell itself that it was for this mail: IMAP and POP3 give mails in the
// order in which they were asked for, so the first that did not come is the one waited for.
void poller_state::note_broken_at(const std::string& mail, const error& why) {
  const bool cut_off = why.code == ec::connection_lost || why.code == ec::timeout ||
                       why.code == ec::protocol_violation;
  if (!cut_off || mail.empty() || by(plan::addressing::position)) return;
  if (args_.breakers->note(mail, args_.context->clock()))
    log::warn("mail_breaks_connection", {{"mailbox", args_.server}, {"mail", mail}});
}

/// Passes a mail by without asking for it, as the connection would end at it.
void poller_state::leave_alone(const listed_mail& mail, time_point until) {
  auto unread = mail;
  unread.size = 0;
  window_.ask(unread, nullptr);
  keep_back(mail, fail(ec::server_busy, "the connection ends whenever it is asked for"), until);
}

/// Kept on disk, so that no restart begins the count anew.
time_point poller_state::kept_back_since(const listed_mail& mail) {
  const auto now = to_millis(args_.context->clock());
  const auto known = kept_back_.find(plan::name_of(mail));
  if (known != kept_back_.end()) return from_millis(known->second);
  if (kept_back_.size() < most_kept_back) {
    kept_back_[plan::name_of(mail)] = now;
    cursor_stored_ = false;
  }
  return from_millis(now);
}

// As it holds up the place that the mailbox is listed from, and the server hands out others.
void poller_state::give_up(const listed_mail& mail, const error& why) {
  log::warn("mail_given_up", {{"mail", ingest::render_key(key_of(mail))}, {"error", why.text()}});
  window_.ready(mail.uid, plain_item(mail, mail_item::kind::quarantine,
                                     std::string{to_string(ec::server_busy)},
                                     "the server does not hand it out: " + why.detail));
}

void poller_state::hold_back(uint64_t uid) {
  held_back_ = std::min(held_back_.value_or(uid), uid);
}

}  // namespace postroom::actors
