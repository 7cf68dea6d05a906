// What the commands of a POP3 session but RETR mean.
#include <utility>

#include "channels/event_loop_internals.hpp"
#include "channels/pop3_session.hpp"

namespace postroom::channels {
namespace {

using kind = pop3_parser::event::kind;

/// Mails listed in one session; about 150 bytes each are kept.
constexpr uint64_t max_messages = 1'000'000;
constexpr std::size_t max_capabilities = 1'000;
/// What an answer of one line is taken to weigh in the window.
constexpr std::size_t line_cost = 128;

}  // namespace

struct pop3_session::settle_job {
  done_fn<void> done;
  std::optional<error> trouble;  ///< the first one
};

// --- open ---

void pop3_session::open(done_fn<opened_mailbox> done) {
  if (ended_) return done(*ended_);
  if (opened_) return done(fail(ec::internal, "the channel was opened before"));
  opened_ = true;
  open_done_ = std::move(done);
  stop_hook_ = loop_.internals().on_stop([self = shared_from_this()] { self->stop(loop_stops()); });
  ask_capabilities();
  wire_.open();
}

/// After the sign-in, for what a server offers may depend on who asks. A server without CAPA offers
/// nothing.
void pop3_session::ask_capabilities() {
  auto on_event = [this](const event& e) {
    if (e.what == kind::entry && ++capabilities_ > max_capabilities)
      return stop(fail(ec::protocol_violation, "the answer to CAPA does not end"));
    if (e.what == kind::entry && e.text == "PIPELINING") offers_pipelining_ = true;
    if (e.what == kind::entry && e.text == "UIDL") offers_uidl_ = true;
    if (e.what == kind::end || e.what == kind::refused) ask_status();
  };
  enqueue({"CAPA", reply::listing, line_cost, on_event, [](const error&) {}});
}

void pop3_session::ask_status() {
  auto on_event = [this](const event& e) {
    if (e.what == kind::ok) return on_status(e.text);
    stop(pop3_refusal(e.text, ec::server_busy));
  };
  enqueue({"STAT", reply::line, line_cost, on_event, [](const error&) {}});
}

void pop3_session::on_status(std::string_view text) {
  auto count = read_numbered(text);
  if (!count)
    return stop(fail(ec::protocol_violation, "the answer to STAT has no number of mails"));
  if (count->number > max_messages)
    return stop(
        fail(ec::unsupported, "the mailbox holds more than 1,000,000 mails, too many for POP3"));
  messages_ = count->number;
  listing_ = pop3_listing(messages_, settings_.max_mail_bytes);
  if (offers_uidl_) return finish_open(nullptr);
  // Many servers know UIDL without saying so; the listing finds out.
  when_listed([this](const error* why) { finish_open(why); });
}

void pop3_session::finish_open(const error* why) {
  auto done = std::exchange(open_done_, nullptr);
  if (!done) return;
  if (why) return done(*why);
  opened_mailbox out;
  out.messages = messages_;
  done(out);
}

// --- list ---

void pop3_session::when_listed(listed_fn fn) {
  if (ended_) return fn(&*ended_);
  if (listing_state_ == listing_state::known) return fn(nullptr);
  if (listing_state_ == listing_state::refused) return fn(&*listing_error_);
  awaiting_listing_.push_back(std::move(fn));
  if (listing_state_ == listing_state::unasked) load_listing();
}

void pop3_session::load_listing() {
  listing_state_ = listing_state::loading;
  auto on_size = [this](const event& e) {
    if (e.what != kind::entry) return;  // refused: each mail counts as large as it may be
    if (auto r = listing_.add_size(e.text); !r) stop(r.error());
  };
  auto on_uidl = [this](const event& e) {
    if (e.what == kind::entry)
      if (auto r = listing_.add_uidl(e.text); !r) stop(r.error());
    if (e.what == kind::end) listing_loaded(nullptr);
    if (e.what != kind::refused) return;
    auto why = pop3_refusal(e.text, ec::unsupported);
    if (why.code == ec::unsupported)
      why.detail = "the server has no UIDL, so the mails of this mailbox cannot be told apart (" +
                   why.detail + ")";
    listing_loaded(&why);
  };
  auto cost = static_cast<std::size_t>(messages_) * 32;
  enqueue({"LIST", reply::listing, cost, on_size, [](const error&) {}});
  enqueue({"UIDL", reply::listing, cost, on_uidl, [](const error&) {}});
}

void pop3_session::listing_loaded(const error* why) {
  if (!why)
    if (auto r = listing_.finish(); !r) return stop(r.error());
  listing_state_ = why ? listing_state::refused : listing_state::known;
  if (why) listing_error_ = *why;
  for (auto& fn : std::exchange(awaiting_listing_, {})) fn(why);
}

void pop3_session::list(uint64_t after, std::size_t max, done_fn<listing> done) {
  when_listed([this, after, max, done = std::move(done)](const error* why) {
    if (why) return done(*why);
    in_turn<listing>(done, [this, after, max]() -> result<listing> {
      return listing{listing_.after(after, max), {}};
    });
  });
}

// --- settle, wait, close ---

void pop3_session::settle(std::vector<listed_mail> mails, after_commit action,
                          const std::string& /*there is none but the INBOX*/, done_fn<void> done) {
  if (action == after_commit::leave)
    return in_turn<void>(std::move(done), [] { return result<void>(); });
  if (action != after_commit::remove)
    return done(fail(ec::unsupported, "POP3 can leave or remove mails, nothing else"));
  auto job = std::make_shared<settle_job>(settle_job{std::move(done), std::nullopt});
  when_listed([this, job, mails = std::move(mails)](const error* why) {
    if (why) return job->done(*why);
    for (const auto& mail : mails) remove(job, mail);
    in_turn<void>(job->done, [job]() -> result<void> {
      if (job->trouble) return *job->trouble;
      return {};
    });
  });
}

void pop3_session::remove(const std::shared_ptr<settle_job>& job, const listed_mail& mail) {
  auto number = listing_.number_of(mail);
  if (!number) return;  // gone already
  auto on_event = [job](const event& e) {
    if (e.what != kind::refused || job->trouble) return;
    // Without a response code the usual reason is that the mail is marked already.
    auto why = pop3_refusal(e.text, ec::not_found);
    if (why.code != ec::not_found) job->trouble = why;
  };
  enqueue(
      {"DELE " + std::to_string(*number), reply::line, line_cost, on_event, [](const error&) {}});
}

void pop3_session::wait(duration /*at_most*/, done_fn<wake> done) {
  if (ended_) return done(*ended_);
  done(fail(ec::unsupported, "a POP3 server announces nothing"));
}

void pop3_session::close(done_fn<void> done) {
  if (listing_state_ != listing_state::loading) return say_quit(std::move(done));
  // Commands of earlier calls follow the listing, and QUIT follows them.
  when_listed([this, done = std::move(done)](const error* why) {
    if (ended_) return done(*why);
    say_quit(done);
  });
}

void pop3_session::say_quit(done_fn<void> done) {
  auto on_event = [this, done](const event& e) {
    result<void> outcome;
    if (e.what == kind::refused) outcome = pop3_refusal(e.text, ec::server_busy);
    // The answer is in hand, so what stop() tells about this command must not come on top.
    flying_.pop_front();
    done(outcome);
    stop(fail(ec::cancelled, "the channel is closed"));
  };
  enqueue({"QUIT", reply::line, line_cost, on_event, [done](const error& why) { done(why); }});
}

}  // namespace postroom::channels
