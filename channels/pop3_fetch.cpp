// How a POP3 session takes mails in.
#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "channels/mail_size.hpp"
#include "channels/pop3_session.hpp"

namespace postroom::channels {
namespace {

using kind = pop3_parser::event::kind;

/// A piece is handed on once it holds this much, so with the last read (64 KiB at most) it stays
/// below 1 MiB.
constexpr std::size_t piece_bytes = 512u << 10;

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Why RETR was refused. POP3 has no code for "gone", and a mail that is there must never be taken
/// for gone: so only the usual wordings count, and everything else is a passing trouble.
error retr_refusal(std::string_view text) {
  auto why = pop3_refusal(text, ec::server_busy);
  static constexpr std::array wordings = {"no such",
                                          "deleted",
                                          "expunged",
                                          "not exist",
                                          "not found",
                                          "doesn't exist",
                                          "invalid message number",
                                          "out of range"};
  auto said = lower_case(text);
  bool gone = std::any_of(wordings.begin(), wordings.end(),
                          [&](const char* w) { return said.find(w) != std::string::npos; });
  if (gone && !said.starts_with(" [")) why.code = ec::not_found;
  return why;
}

error endless_mail() {
  return fail(ec::protocol_violation, "a mail is far larger than the server listed it");
}

}  // namespace

struct pop3_session::fetch_job {
  std::vector<listed_mail> mails;
  inbound_channel::on_mail_fn on_mail;
  done_fn<void> done;
};

struct pop3_session::pieces_job {
  listed_mail mail;
  inbound_channel::on_piece_fn on_piece;
  done_fn<uint64_t> done;
  uint64_t allowance = 0;
  uint64_t total = 0;
  uint64_t serial = 0;  ///< of the piece that is out
  std::string piece;
  bool complete = false;  ///< the server sent all of it
};

void pop3_session::fetch(std::vector<listed_mail> mails, inbound_channel::on_mail_fn on_mail,
                         done_fn<void> done) {
  auto job =
      std::make_shared<fetch_job>(fetch_job{std::move(mails), std::move(on_mail), std::move(done)});
  when_listed([this, job](const error* why) {
    if (why) return job->done(*why);
    for (const auto& mail : job->mails) retrieve(job, mail);
    in_turn<void>(job->done, [] { return result<void>(); });
  });
}

void pop3_session::retrieve(const std::shared_ptr<fetch_job>& job, const listed_mail& mail) {
  auto number = listing_.number_of(mail);
  auto size = number ? listing_.size_of(*number) : std::nullopt;
  command c;
  c.on_lost = [](const error&) {};
  if (!number || size > settings_.max_mail_bytes) {
    auto code = number ? ec::mail_too_large : ec::not_found;
    c.on_event = [job, &mail, code](const event&) { job->on_mail(mail, fail(code)); };
    return enqueue(std::move(c));
  }
  c.line = "RETR " + std::to_string(*number);
  c.shape = reply::mail;
  c.cost = static_cast<std::size_t>(size.value_or(settings_.max_mail_bytes));
  auto allowance = std::max(most_sent(size), settings_.max_mail_bytes);
  auto keep = most_kept(size, settings_.max_mail_bytes);
  c.on_event = [this, job, &mail, size, allowance, keep](const event& e) {
    take_mail(*job, mail, allowance, e);
    if (e.what != kind::ok) return;
    mail_keep_ = keep;
    // In one go, so it never moves while it grows. A size that lies takes addresses, not memory.
    mail_->reserve(static_cast<std::size_t>(size.value_or(0)));
  };
  enqueue(std::move(c));
}

void pop3_session::take_mail(fetch_job& job, const listed_mail& mail, uint64_t allowance,
                             const event& e) {
  switch (e.what) {
    case kind::ok:
      mail_bytes_ = 0;
      mail_ = std::make_shared<std::string>();
      return;
    case kind::body:
      add_to_mail(e.text);
      if (mail_bytes_ <= allowance) return;
      job.on_mail(mail, fail(ec::mail_too_large));
      return stop(endless_mail());
    case kind::refused:
      return job.on_mail(mail, retr_refusal(e.text));
    default:
      if (!mail_) return job.on_mail(mail, fail(ec::mail_too_large));
      return job.on_mail(mail, std::shared_ptr<const std::string>(std::exchange(mail_, nullptr)));
  }
}

void pop3_session::add_to_mail(std::string_view bytes) {
  mail_bytes_ += bytes.size();
  if (mail_bytes_ > mail_keep_) {
    mail_.reset();  // the rest is read and thrown away
  } else if (mail_) {
    mail_->append(bytes);
  }
}

void pop3_session::fetch_in_pieces(listed_mail mail, inbound_channel::on_piece_fn on_piece,
                                   done_fn<uint64_t> done) {
  auto job = std::make_shared<pieces_job>();
  job->mail = std::move(mail);
  job->on_piece = std::move(on_piece);
  job->done = std::move(done);
  when_listed([this, job](const error* why) {
    if (why) return job->done(*why);
    retrieve_in_pieces(job);
  });
}

void pop3_session::retrieve_in_pieces(const std::shared_ptr<pieces_job>& job) {
  auto number = listing_.number_of(job->mail);
  if (!number)
    return in_turn<uint64_t>(job->done, []() -> result<uint64_t> { return fail(ec::not_found); });
  auto size = listing_.size_of(*number);
  job->allowance = most_sent(size);
  auto on_event = [this, job](const event& e) {
    if (e.what == kind::ok) pieces_ = job;
    take_piece(*job, e);
  };
  auto on_lost = [job](const error& why) {
    if (auto done = std::exchange(job->done, nullptr)) done(why);
  };
  auto cost = static_cast<std::size_t>(size.value_or(settings_.max_mail_bytes));
  enqueue({"RETR " + std::to_string(*number), reply::mail, cost, on_event, on_lost});
}

void pop3_session::take_piece(pieces_job& job, const event& e) {
  if (e.what == kind::refused) return std::exchange(job.done, nullptr)(retr_refusal(e.text));
  if (e.what == kind::end) job.complete = true;
  if (e.what == kind::body) {
    job.total += e.text.size();
    if (job.total > job.allowance) return stop(endless_mail());
    job.piece.append(e.text);
  }
  if (job.complete || job.piece.size() >= piece_bytes) deliver_piece(job);
}

/// Nothing more is read until the piece was taken. A mail of no bytes has no piece.
void pop3_session::deliver_piece(pieces_job& job) {
  paused_ = true;
  wire_.pause();
  auto taken = [weak = weak_from_this(), &loop = loop_, serial = ++job.serial] {
    loop.post([weak, serial] {
      if (auto self = weak.lock()) self->piece_taken(serial);
    });
  };
  if (job.piece.empty()) return taken();
  job.on_piece(std::exchange(job.piece, {}), taken);
}

void pop3_session::piece_taken(uint64_t serial) {
  auto job = pieces_;
  if (!job || ended_ || serial != job->serial || !paused_) return;
  if (job->complete) {
    pieces_.reset();
    std::exchange(job->done, nullptr)(job->total);
  }
  paused_ = false;
  wire_.resume();
  process(std::exchange(unread_, {}));
}

void pop3_session::drop_pieces(const error& why) {
  if (auto job = std::exchange(pieces_, nullptr))
    if (auto done = std::exchange(job->done, nullptr)) done(why);
}

}  // namespace postroom::channels
