// How an EWS session takes one mail of any size in.
#include <utility>

#include "channels/ews_session.hpp"
#include "channels/mail_size.hpp"

namespace postroom::channels {
namespace {

/// With what one read of libcurl adds (16 KiB of base64) a piece stays below 1 MiB.
constexpr std::size_t piece_bytes = 512u << 10;

/// An answer that cannot be read must not end the work on the mailbox, but only put this mail off.
error of_this_mail(error why) {
  if (why.code == ec::protocol_violation || why.code == ec::unsupported ||
      why.code == ec::mailbox_missing || why.code == ec::position_lost)
    why.code = ec::server_busy;
  return why;
}

}  // namespace

/// Bytes gather in `piece` until it is large enough; then nothing more is read until `next()` was
/// called for it.
struct ews_session::pieces_job {
  std::string uidl;
  inbound_channel::on_piece_fn on_piece;
  done_fn<uint64_t> done;
  ews_requester::id request = 0;
  std::string piece;
  uint64_t total = 0;
  bool given = false;               ///< a piece is with the caller
  bool two_mails = false;           ///< more than was asked for
  uint64_t serial = 0;              ///< of the piece that is given
  std::optional<result<void>> end;  ///< the answer is complete
};

void ews_session::fetch_in_pieces(listed_mail mail, inbound_channel::on_piece_fn on_piece,
                                  done_fn<uint64_t> done) {
  auto j = std::make_shared<pieces_job>();
  j->uidl = mail.uidl;
  j->on_piece = std::move(on_piece);
  j->done = done;
  const auto listed = mail.size_is_bound ? std::nullopt : std::optional(mail.size);
  const auto most = most_sent(listed);
  auto start = [this, j, most] {
    if (!opened_) return conclude<uint64_t>(j->done, not_opened());
    const std::vector<std::string> ids{j->uidl};
    ews_requester::call c;
    c.body = ews_text::get_mails(ids);
    c.max_bytes = most + most / 3 + most / 32;
    c.may_read = [j] { return !j->given && j->piece.size() < piece_bytes; };
    c.on_mime = [this, j](std::size_t number, std::string_view bytes) {
      if (number > 0) {
        j->two_mails = true;
        return;
      }
      j->piece.append(bytes);
      // This runs inside libcurl: whoever gets the piece must be able to do anything.
      if (j->piece.size() >= piece_bytes)
        loop_.after(duration{0}, [weak = weak_from_this(), j] {
          if (const auto self = weak.lock()) self->pump_pieces(j);
        });
    };
    j->request = requester_->start(
        std::move(c), [this, j](result<answer> got) { take_pieces_end(j, std::move(got)); });
  };
  enqueue({std::move(start), [j, done](const error& why) {
             j->done = nullptr;
             done(why);
           }});
}

void ews_session::take_pieces_end(const std::shared_ptr<pieces_job>& j, result<answer> got) {
  j->request = 0;
  if (!got && was_cut_off(got.error())) return blame_pieces(j, got.error());
  if (!got && got.code() == ec::mail_too_large) {
    j->end =
        result<void>(fail(ec::mail_too_large, "the mail is far larger than the server listed it"));
  } else if (!got) {
    j->end = result<void>(of_this_mail(got.error()));
  } else if (const auto& message = got->front(); !message.ok()) {
    auto why = of_this_mail(ews_error(message));
    if (why.code == ec::auth_refused) why.code = ec::server_busy;
    j->end = result<void>(why);
  } else if (message.items.empty() || !message.items.front().mime) {
    j->end = result<void>(fail(ec::server_busy, "the server sent no MIME text"));
  } else if (got->size() != 1 || j->two_mails) {
    j->end = result<void>(fail(ec::server_busy, "one mail was asked for, others came"));
  } else {
    j->end = result<void>();
  }
  pump_pieces(j);
}

/// The answer was cut off: for this mail's sake, when the server is well otherwise.
void ews_session::blame_pieces(const std::shared_ptr<pieces_job>& j, error why) {
  why.code = ec::server_busy;
  ask(ews_text::get_folder(folder_), [this, j, why](const result<ews_message>& well) {
    j->end = result<void>(well ? why : well.error());
    pump_pieces(j);
  });
}

/// Gives the next piece, or tells the end, or reads on. A mail of no bytes has no piece.
void ews_session::pump_pieces(const std::shared_ptr<pieces_job>& j) {
  if (!j->done || j->given) return;
  if (j->end && !*j->end)
    return conclude<uint64_t>(std::exchange(j->done, nullptr), j->end->error());
  if (j->piece.size() >= piece_bytes || (j->end && !j->piece.empty())) {
    j->given = true;
    j->total += j->piece.size();
    auto taken = [weak = weak_from_this(), j, &loop = loop_, serial = ++j->serial] {
      loop.post([weak, j, serial] {
        const auto self = weak.lock();
        if (!self || !j->given || j->serial != serial) return;
        j->given = false;
        self->pump_pieces(j);
      });
    };
    return j->on_piece(std::exchange(j->piece, {}), std::move(taken));
  }
  if (j->end) return conclude<uint64_t>(std::exchange(j->done, nullptr), j->total);
  if (j->request) requester_->resume(j->request);
}

}  // namespace postroom::channels
