#include "channels/imap_session.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <utility>

#include "channels/event_loop.hpp"
#include "channels/event_loop_internals.hpp"
#include "channels/imap_text.hpp"

namespace postroom::channels {

namespace {

// Not libcurl's, which are a letter and at least three digits.
constexpr std::string_view tag_prefix = "pr";

std::optional<uint64_t> serial_of(std::string_view tag) {
  if (!tag.starts_with(tag_prefix)) return std::nullopt;
  tag.remove_prefix(tag_prefix.size());
  uint64_t n = 0;
  const auto [end, failed] = std::from_chars(tag.data(), tag.data() + tag.size(), n);
  if (failed != std::errc{} || end != tag.data() + tag.size()) return std::nullopt;
  return n;
}

/// libcurl 7.88 does not know "+LOGIN": we say LOGIN ourselves then.
endpoint endpoint_for_curl(endpoint e) {
  if (e.auth_methods == std::vector<std::string>{"+LOGIN"}) e.login.clear();
  return e;
}

}  // namespace

imap_session::imap_session(event_loop& loop, inbound_settings settings, duration idle_again)
    : loop_(loop), settings_(std::move(settings)), idle_again_(idle_again) {}

void imap_session::connect() {
  stop_hook_ =
      loop_.internals().on_stop([self = shared_from_this()] { self->shut_down(loop_stops()); });
  connection::user& me = *this;
  connection_ =
      std::make_unique<connection>(loop_, "imap", endpoint_for_curl(settings_.server), me);
  connection_->open();
}

void imap_session::enqueue(std::unique_ptr<imap_job> job) {
  if (ended_) return job->report(&*ended_);
  const bool first = jobs_.empty();
  if (first && !connection_ && job->what() != imap_job::kind::open) {
    const auto why = fail(ec::internal, "a call before open");
    return job->report(&why);
  }
  jobs_.push_back(std::move(job));
  for (std::size_t i = 0; i < started_; ++i) jobs_[i]->interrupt();
  turn();
}

void imap_session::shut_down(const error& why) {
  if (ended_) return;
  const auto self = shared_from_this();
  // Later calls learn no more than that; what went wrong is told to those under way.
  ended_ = fail(why.code == ec::cancelled ? ec::cancelled : ec::connection_lost,
                "the connection has ended");
  loop_.internals().forget_stop(stop_hook_);
  if (connection_) connection_->close();
  commands_.clear();
  auto jobs = std::exchange(jobs_, {});
  started_ = 0;
  for (auto& job : jobs) {
    const bool said_goodbye =
        job->what() == imap_job::kind::close && why.code == ec::connection_lost;
    job->report(said_goodbye && jobs.size() == 1 ? nullptr : &why);
    job.reset();
  }
}

void imap_session::violated(std::string what) {
  shut_down(fail(ec::protocol_violation, std::move(what)));
}

void imap_session::command(imap_job& owner, std::string_view text, tagged_fn answered) {
  if (ended_) return;
  assert(text.find_first_of("\r\n") == text.npos);
  const uint64_t serial = ++last_tag_;
  commands_.emplace(serial, pending{&owner, std::move(answered)});
  ++owner.commands_in_flight;
  std::string line(tag_prefix);
  line += std::to_string(serial);
  line += ' ';
  line += text;
  send_line(line);
}

void imap_session::command_ok(imap_job& owner, std::string_view text, std::function<void()> ok) {
  command(owner, text, [this, &owner, ok = std::move(ok)](const imap_response& r) {
    if (r.status == imap_status::ok) return ok();
    owner.finish(refusal(r));
  });
}

void imap_session::send_line(std::string_view line) {
  if (ended_) return;
  connection_->write(std::string(line) + "\r\n");
  await();
}

error imap_session::refusal(const imap_response& tagged) const {
  if (tagged.code.empty() && last_untagged_no_) return imap_error(*last_untagged_no_);
  return imap_error(tagged);
}

void imap_session::rest(bool yes) {
  resting_ = yes;
  if (yes) {
    parser_.trim();
    connection_->trim();
  }
  await();
}

void imap_session::await() {
  if (!ended_) connection_->await_answer(!commands_.empty() && !resting_);
}

void imap_session::on_ready() {
  ready_ = true;
  turn();
}

void imap_session::on_bytes(std::string_view bytes) {
  const auto self = shared_from_this();
  read_at_ = std::chrono::steady_clock::now();
  if (auto fed = parser_.feed(bytes); !fed) return shut_down(fed.error());
  turn();
}

void imap_session::on_broken(error why) {
  shut_down(ready_ ? why : sign_in_error(std::move(why)));
}

/// libcurl says no more than "login denied"; the server's last words say whether it may get better.
error imap_session::sign_in_error(error why) const {
  const auto& greeting = connection_->greeting();
  if (!greeting.empty() && !greeting.starts_with("* ")) {
    return fail(ec::protocol_violation, "host, port: not an IMAP server");
  }
  if (greeting.starts_with("* BYE")) {
    auto e = imap_error_of_line(greeting);
    return e.code == ec::connection_lost ? fail(ec::server_busy, e.detail) : e;
  }
  if (why.code != ec::auth_refused) return why;
  auto e = imap_error_of_line(connection_->last_line());
  if (e.code == ec::protocol_violation) return why;
  const bool has_code = e.detail.ends_with(']');
  if (e.code == ec::throttled || (e.code == ec::server_busy && has_code)) return e;
  return fail(ec::auth_refused, e.detail);
}

void imap_session::on_response(imap_response& r) {
  if (ended_) return;
  if (r.what == imap_response::kind::continuation) {
    for (std::size_t i = 0; i < started_; ++i) jobs_[i]->on_continuation();
  } else if (!r.tag.empty()) {
    on_tagged(r);
  } else {
    on_untagged(r);
  }
}

void imap_session::on_tagged(const imap_response& r) {
  const auto serial = serial_of(r.tag);
  const auto found = serial ? commands_.find(*serial) : commands_.end();
  if (found == commands_.end()) return violated("an answer to a command that was not given");
  const auto p = std::move(found->second);
  commands_.erase(found);
  --p.owner->commands_in_flight;
  if (!r.words.empty()) capabilities_ = {r.words.begin(), r.words.end()};
  p.answered(r);
  last_untagged_no_.reset();
  await();
}

void imap_session::on_untagged(imap_response& r) {
  using enum imap_response::kind;
  switch (r.what) {
    case status:
      on_status(r);
      break;
    case exists:
      on_exists(r.number);
      break;
    case expunge:
      if (this->exists > 0) --this->exists;
      break;
    case vanished:
      this->exists -= std::min(this->exists, r.number);
      break;
    case capability:
      capabilities_ = {r.words.begin(), r.words.end()};
      break;
    case fetch:
      for (std::size_t i = 0; i < started_; ++i) {
        if (!jobs_[i]->finished() && jobs_[i]->on_fetch(r.fetch)) return;
      }
      return;
    case continuation:
    case recent:
    case search:
    case other:
      break;
  }
  for (std::size_t i = 0; i < started_; ++i) jobs_[i]->on_untagged(r);
}

void imap_session::on_status(const imap_response& r) {
  if (r.status == imap_status::bye) return on_bye(r);
  if (!r.words.empty()) capabilities_ = {r.words.begin(), r.words.end()};
  const bool complaint = r.status == imap_status::no || r.status == imap_status::bad;
  if (complaint && !r.code.empty()) last_untagged_no_ = r;
}

void imap_session::on_exists(uint64_t n) {
  if (n > exists) {
    news = true;
    heard_at = read_at_;
  }
  exists = n;
}

void imap_session::on_bye(const imap_response& r) {
  if (!closing()) shut_down(imap_error(r));
}

bool imap_session::closing() const {
  return started_ == 1 && jobs_.front()->what() == imap_job::kind::close;
}

imap_parser::plan imap_session::on_body(const imap_fetch& so_far, uint64_t size) {
  for (std::size_t i = 0; !ended_ && i < started_; ++i) {
    if (jobs_[i]->finished()) continue;
    if (const auto plan = jobs_[i]->on_body(so_far, size)) return *plan;
  }
  return imap_parser::plan::skip;
}

void imap_session::on_piece(std::string piece) {
  if (!ended_ && started_ > 0) jobs_.front()->on_piece(std::move(piece));
}

/// Fetches follow each other without a gap, and mails are settled while others come in: so the
/// server never idles. A settle does not overtake a fetch that has still something to ask for.
bool imap_session::may_start_next() const {
  using enum imap_job::kind;
  const auto next = jobs_[started_]->what();
  return std::all_of(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(started_),
                     [&](const auto& running) {
                       if (running->what() == fetch)
                         return (next == fetch || next == settle) && running->sent_all();
                       if (running->what() == settle) return next == fetch;
                       return false;
                     });
}

void imap_session::turn() {
  // A job's report may lead here again; the outer turn sees to it.
  if (turning_ || ended_) return;
  turning_ = true;
  const auto self = shared_from_this();
  while (!ended_) {
    for (std::size_t i = 0; ready_ && i < started_; ++i) jobs_[i]->pump();
    if (ended_) break;
    if (!jobs_.empty() && jobs_.front()->finished() && jobs_.front()->commands_in_flight == 0 &&
        started_ > 0) {
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      --started_;
      job->report(nullptr);
      if (job->what() == imap_job::kind::close)
        shut_down(fail(ec::cancelled, "the channel was closed"));
    } else if (started_ < jobs_.size() && may_start_next()) {
      jobs_[started_++]->start(*this);
    } else {
      break;
    }
  }
  turning_ = false;
}

}  // namespace postroom::channels
