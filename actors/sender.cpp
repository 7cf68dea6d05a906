#include "actors/sender.hpp"

#include <algorithm>
#include <utility>

#include "actors/errors.hpp"
#include "actors/worker.hpp"
#include "base/inject.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "mail/header_out.hpp"

namespace postroom::actors {

namespace {

constexpr std::size_t max_in_hand = 32;
constexpr auto directory_deadline = std::chrono::seconds{10};  // it answers from memory
/// After new settings the mails in hand are finished by the server that has begun to take them:
/// sent again by the next life, they would arrive twice. At a shutdown the supervisor waits less.
constexpr duration drain_limit{11 * 60'000};

void count_sent(const std::string& partition, const char* what) {
  metrics::get_counter("postroom_mails_sent_total", "outgoing mails per recipient by result",
                       {{"partition", partition}, {"result", what}})
      .add();
}

}  // namespace

sender_actor::behavior_type sender(sender_state::pointer self, sender_args args) {
  return self->state.make_behavior(std::move(args));
}

sender_actor::behavior_type sender_state::make_behavior(sender_args args) {
  args_ = std::move(args);
  harden(self_);
  self_->monitor(args_.supervisor);
  self_->set_down_handler([this](caf::down_msg&) {
    refuse_changes(0);
    self_->quit(caf::exit_reason::user_shutdown);
  });
  // The supervisor's limit: whoever waits for a commit that hangs is answered all the same.
  self_->set_exit_handler([this](caf::exit_msg& msg) {
    refuse_changes(0);
    self_->quit(std::move(msg.reason));
  });
  server_ = args_.model->outgoing();
  if (server_) {
    if (auto give_up = partitions::parse_duration(server_->give_up_after()))
      policy_.give_up_after = *give_up;
    auto made = args_.context->make_outbound(args_.model->id(), *server_);
    if (made)
      channel_ = std::move(*made);
    else
      later(self_, duration{0}, [this, e = made.error()] { stop_for(e); });
    publish("idle");
    look();
  } else {
    publish("no outgoing server");
  }
  return {
      [](completion& c) { (*c.run)(); },
      [this](drain) {
        if (std::exchange(draining_, true)) return;
        refuse_changes(changing_ ? 1 : 0);
        later(self_, drain_limit, [this] {
          overdue_ = true;
          maybe_quit();
        });
        maybe_quit();
      },
      [this](nudge) { look(); },
      [this](outbox_request& r) { return take(r); },
  };
}

void sender_state::look() {
  if (!channel_ || draining_ || stop_ || failure_.code != ec::none) return;
  if (looking_ || active_.size() >= max_in_hand) {
    look_again_ = true;
    return;
  }
  looking_ = true;
  look_again_ = false;
  std::vector<uint64_t> busy;
  std::size_t held = 0;
  for (const auto& [id, hand] : active_) {
    busy.push_back(id);
    held += hand.mail.message->size();
  }
  for (const auto& a : asked_) busy.push_back(a.change->entry);
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, model = args_.model, now = args_.context->clock(),
       max = max_in_hand - active_.size(), busy = std::move(busy),
       room = outbox::max_bytes_in_hand - std::min(held, outbox::max_bytes_in_hand)] {
        return outbox::read_due(*store, *model->outgoing(), now, max, busy, room);
      },
      [this](result<outbox::due_page> r) { on_page(std::move(r)); });
}

void sender_state::on_page(result<outbox::due_page> r) {
  if (!r) {
    looking_ = false;
    return stop_for(r.error());
  }
  auto in_doubt = outbox::addresses_in_doubt(r->mails, args_.context->clock());
  if (in_doubt.empty() || !args_.directory) return take_page(std::move(*r), {});
  auto page = std::make_shared<outbox::due_page>(std::move(*r));
  self_
      ->request(args_.directory, directory_deadline,
                marks_request{args_.model->id(), std::make_shared<const std::vector<std::string>>(
                                                     std::move(in_doubt))})
      .then([this, page](marks_found& found) { take_page(std::move(*page), *found.marks); },
            // Without an answer all are tried: one mail too many does less harm than one too few.
            [this, page](caf::error&) { take_page(std::move(*page), {}); });
}

void sender_state::take_page(outbox::due_page page, const outbox::address_marks& gone) {
  looking_ = false;
  if (draining_ || stop_ || failure_.code != ec::none) {
    next_change();
    return maybe_quit();
  }
  // An entry that was asked for meanwhile is not taken in hand: the look behind the change finds
  // it, if it is still due then.
  for (auto& mail : page.mails) {
    if (is_asked(mail.entry.id())) continue;
    give_up_unreachable(mail.entry, gone);
    dispatch(std::move(mail));
  }
  waits_for_room_ = page.waits_for_room;
  if (page.next_due_at != 0) wake_at(page.next_due_at);
  next_change();
  if (look_again_) look();
}

void sender_state::give_up_unreachable(record::v1::OutboxEntry& entry,
                                       const outbox::address_marks& gone) {
  const auto& part = args_.model->id().value;
  for (int n = outbox::give_up_unreachable(entry, gone, args_.context->clock()); n > 0; --n) {
    count_sent(part, "dead");
    log::info("dead_letter", {{"partition", part}, {"outbox", entry.id()}, {"unreachable", true}});
  }
}

void sender_state::dispatch(outbox::due_mail mail) {
  auto id = mail.entry.id();
  auto& hand = active_[id];
  hand.due_before = mail.entry.next_attempt_at();
  hand.mail = std::move(mail);
  for (int i = 0; i < hand.mail.entry.recipients_size(); ++i)
    if (hand.mail.entry.recipients(i).state() == record::v1::OutboxRecipient::PENDING)
      ++hand.open_recipients;
  if (hand.open_recipients == 0) return settle(id);
  publish("sending");
  for (int i = 0; i < hand.mail.entry.recipients_size(); ++i) {
    const auto& to = hand.mail.entry.recipients(i);
    if (to.state() != record::v1::OutboxRecipient::PENDING) continue;
    channel_->send(
        {mail::with_ascii_domain(server_->from()), mail::with_ascii_domain(to.address()),
         hand.mail.message},
        [this, back = address_of(self_), id, i](channels::send_report report) {
          POSTROOM_INJECT("sender.after_send");
          back.deliver([this, id, i, report = std::move(report)] { on_report(id, i, report); });
        });
  }
}

void sender_state::on_report(uint64_t id, int recipient, const channels::send_report& report) {
  auto& hand = active_.at(id);
  --hand.open_recipients;
  if (report.server_wide || report.code == ec::cancelled) {
    // Nothing is known about this recipient: the entry stays as it is.
    if (failure_.code == ec::none && !draining_) fail_with(report);
  } else {
    outbox::settle(hand.mail.entry, recipient, report, policy_, args_.context->clock(),
                   args_.context->random);
    const auto& r = hand.mail.entry.recipients(recipient);
    if (report.of_recipient) mark(r);
    const auto& part = args_.model->id().value;
    if (r.state() == record::v1::OutboxRecipient::SENT) {
      ++sent_;
      count_sent(part, "sent");
    } else if (r.state() == record::v1::OutboxRecipient::DEAD) {
      count_sent(part, "dead");
      log::info("dead_letter", {{"partition", part}, {"outbox", id}, {"smtp", report.reply_code}});
    } else {
      count_sent(part, "deferred");
    }
    if (!was_healthy_) {
      was_healthy_ = true;
      args_.healthy();
    }
  }
  if (hand.open_recipients == 0) settle(id);
}

/// The person would be written to again and again otherwise: nothing comes back of such a mail.
void sender_state::mark(const record::v1::OutboxRecipient& refused) {
  auto found = outbox::mark_of_refusal(refused, args_.context->clock());
  if (!found || !args_.directory) return;
  auto ask = std::make_shared<resolve_people>();
  ask->partition = args_.model->id();
  ask->marks.push_back(std::move(*found));
  self_->request(args_.directory, directory_deadline, resolve_request{ask})
      .then([](people_resolved&) {},
            [part = args_.model->id().value](caf::error& e) {
              log::warn("address_not_marked", {{"partition", part}, {"error", from_caf(e).text()}});
            });
}

/// The server's own words may name addresses, so they are for the status and for no log.
void sender_state::fail_with(const channels::send_report& report) {
  if (report.reply_code == 0) {
    failure_ = error{report.code, report.reply};
    return;
  }
  failure_ = error{report.code, "the server answered " + std::to_string(report.reply_code)};
  if (!report.reply.empty()) said_ = ": " + report.reply;
}

void sender_state::settle(uint64_t id) {
  auto& hand = active_.at(id);
  ++commits_;
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner,
       batch = outbox::changes(hand.mail.entry, hand.due_before)]() mutable {
        return store->commit(owner, std::move(batch));
      },
      [this, id](result<void> r) { on_stored(id, std::move(r)); });
}

void sender_state::on_stored(uint64_t id, result<void> r) {
  auto retry_at =
      active_.at(id).mail.entry.settled() ? 0 : active_.at(id).mail.entry.next_attempt_at();
  active_.erase(id);
  --commits_;
  if (!r) return stop_for(r.error());
  if (stop_) return stop_for(*stop_);
  if (failure_.code != ec::none) {
    if (active_.empty()) stop_for(failure_);
    return;
  }
  if (retry_at != 0) wake_at(retry_at);
  if (active_.empty()) publish("idle");
  if (look_again_ || waits_for_room_ || active_.empty()) look();
  maybe_quit();
}

// One timer counts: the one for the earliest due time known. The look it causes finds the next.
void sender_state::wake_at(int64_t due_ms) {
  if (wake_due_ != 0 && wake_due_ <= due_ms) return;
  wake_due_ = due_ms;
  auto wait = std::max<int64_t>(due_ms - to_millis(args_.context->clock()), 0) + 1;
  auto generation = ++wake_generation_;
  later(self_, duration{std::min<int64_t>(wait, 60'000)}, [this, generation] {
    if (generation != wake_generation_) return;
    wake_due_ = 0;
    look();
  });
}

// A commit under way is waited for: the next life must not read what it is about to change.
void sender_state::stop_for(const error& why) {
  if (!stop_) stop_ = why;
  refuse_changes(changing_ ? 1 : 0);
  if (commits_ > 0) return;
  const auto e = *stop_;
  log::warn("sender_stops", {{"partition", args_.model->id().value}, {"error", e.text()}});
  publish("failed", e.text() + said_);
  if (channel_) channel_->close();
  self_->quit(to_caf(e));
}

void sender_state::publish(const std::string& state, const std::string& last_error) {
  admin::v1::SenderStatus s;
  s.set_partition(args_.model->id().value);
  if (server_) s.set_server(server_->name());
  s.set_state(state);
  s.set_last_error(last_error);
  s.set_sent(sent_);
  args_.context->board->set_sender(s);
}

void sender_state::maybe_quit() {
  if (!draining_ || commits_ > 0) return;
  if (!overdue_ && (looking_ || !active_.empty())) return;
  if (channel_) channel_->close();
  publish("stopped");
  self_->quit(caf::exit_reason::user_shutdown);
}

}  // namespace postroom::actors
