#include <utility>

#include "channels/event_loop.hpp"
#include "channels/imap_jobs.hpp"
#include "channels/imap_session.hpp"
#include "channels/mail_size.hpp"

namespace postroom::channels {

namespace {

/// One mail in pieces; the connection is not read while the caller holds one.
class pieces_job final : public imap_job {
 public:
  pieces_job(listed_mail mail, inbound_channel::on_piece_fn on_piece, done_fn<uint64_t> done)
      : imap_job(kind::pieces),
        mail_(std::move(mail)),
        on_piece_(std::move(on_piece)),
        done_(std::move(done)) {}

  void start(imap_session& s) override {
    session_ = &s;
    s.command(*this, "UID FETCH " + std::to_string(mail_.uid) + " (UID BODY.PEEK[])",
              [this](const imap_response& r) { on_answered(r); });
  }

  std::optional<imap_parser::plan> on_body(const imap_fetch& so_far, uint64_t size) override {
    // The first one only: a second copy would be appended to the first.
    if (begun_ || (so_far.uid && *so_far.uid != mail_.uid)) return std::nullopt;
    begun_ = true;
    if (size > most_sent(mail_.size)) {
      give_up();
      return imap_parser::plan::skip;
    }
    return imap_parser::plan::pieces;
  }

  void on_piece(std::string piece) override {
    bytes_ += piece.size();
    hand_out(std::move(piece));
  }

  bool on_fetch(imap_fetch& f) override {
    using enum imap_fetch::body_state;
    if (f.body_is == streamed && f.uid != mail_.uid) {
      // The UID came after the bytes and is another one: what was handed out is some other mail.
      session_->violated("a mail that was not asked for");
      return true;
    }
    if (f.uid != mail_.uid || f.body_is == absent || f.body_is == skipped) return false;
    if (f.body_is == kept && !begun_) {  // a quoted string
      begun_ = true;
      if (!f.body->empty()) on_piece(std::move(*f.body));
    }
    return true;
  }

  /// The caller is done with piece number `n`.
  void taken(uint64_t n) {
    if (n != handed_out_ || !held_) return;
    held_ = false;
    session_->resume();
    if (answered_) finish();
    session_->turn();
  }

 private:
  /// Not at once: the parser that asked is one of the session's parts.
  void give_up() {
    session_->loop().post([session = session_->weak_from_this(), alive = std::weak_ptr(alive_)] {
      const auto held = session.lock();
      if (held && alive.lock()) held->violated("a mail far larger than the server listed it");
    });
  }

  void hand_out(std::string piece) {
    held_ = true;
    session_->pause();
    const uint64_t n = ++handed_out_;
    on_piece_(std::move(piece),
              [session = session_->weak_from_this(), alive = std::weak_ptr(alive_), n] {
                const auto s = session.lock();
                if (!s) return;
                s->loop().post([session, alive, n] {
                  const auto held = session.lock();
                  const auto job = alive.lock();
                  if (held && job) (*job)->taken(n);
                });
              });
  }

  void on_answered(const imap_response& r) {
    answered_ = true;
    const bool gone = r.code == "EXPUNGEISSUED" || (r.status == imap_status::ok && !begun_);
    if (gone) return finish(fail(ec::not_found));
    if (r.status != imap_status::ok) return finish(session_->refusal(r));
    if (!held_) finish();
  }

  void on_report(const error* why) override {
    alive_.reset();
    if (why) return done_(*why);
    done_(bytes_);
  }

  listed_mail mail_;
  inbound_channel::on_piece_fn on_piece_;
  done_fn<uint64_t> done_;
  imap_session* session_ = nullptr;
  std::shared_ptr<pieces_job*> alive_ = std::make_shared<pieces_job*>(this);
  bool begun_ = false;     ///< the mail's bytes have come or are coming
  bool answered_ = false;  ///< the command is at its end
  bool held_ = false;      ///< the caller has a piece
  uint64_t handed_out_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<imap_job> make_imap_pieces(listed_mail mail, inbound_channel::on_piece_fn on_piece,
                                           done_fn<uint64_t> done) {
  return std::make_unique<pieces_job>(std::move(mail), std::move(on_piece), std::move(done));
}

}  // namespace postroom::channels
