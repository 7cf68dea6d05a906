// One mail of any size, in pieces; the service waits while one is out.
#include <utility>

#include "channels/event_loop.hpp"
#include "channels/graph_session.hpp"
#include "channels/graph_text.hpp"
#include "channels/mail_size.hpp"

namespace postroom::channels {
namespace {

/// Handed on once it holds this much; with what libcurl reads at once it stays below 1 MiB.
constexpr std::size_t piece_bytes = 512u << 10;

}  // namespace

struct graph_session::pieces_job {
  inbound_channel::on_piece_fn on_piece;
  done_fn<uint64_t> done;
  std::string mail;  ///< its id
  graph_api::id request = 0;
  std::string piece;
  uint64_t total = 0;
  uint64_t serial = 0;  ///< of the piece that is out
  bool out = false;     ///< a piece was handed on, or is about to be
  bool complete = false;
};

void graph_session::fetch_in_pieces(listed_mail mail, inbound_channel::on_piece_fn on_piece,
                                    done_fn<uint64_t> done) {
  if (ended_) return done(*ended_);
  end_wait({});
  const auto job = std::make_shared<pieces_job>();
  job->mail = mail.uidl;
  job->on_piece = std::move(on_piece);
  job->done = calls_.add(std::move(done));
  graph_request request;
  request.target = message_path(mail.uidl) + "/$value";
  request.max_bytes =
      most_sent(mail.size_is_bound ? std::nullopt : std::optional<uint64_t>(mail.size));
  request.on_bytes = [this, weak = std::weak_ptr(job)](std::string_view bytes) {
    const auto mine = weak.lock();
    if (!mine || mine->out) return !mine;  // the same bytes come again after `next`
    mine->piece.append(bytes);
    mine->total += bytes.size();
    if (mine->piece.size() >= piece_bytes) schedule_piece(mine);
    return true;
  };
  job->request = api_->start(std::move(request), held([this, job](result<http_answer> got) {
                               on_pieces_end(job, std::move(got));
                             }));
  pieces_.emplace(job->request, job);
}

void graph_session::on_pieces_end(const std::shared_ptr<pieces_job>& job, result<http_answer> got) {
  pieces_.erase(job->request);
  if (got && got->status / 100 != 2) got = denied_error(mail_error(*got), job->mail);
  if (!got && was_cut_off(got.error())) return blame_pieces(job, got.error());
  if (!got) return give_up(job->done, got.error());
  job->complete = true;
  if (!job->out) end_pieces(job);
}

/// The answer was cut off: for this mail's sake, when the service is well otherwise.
void graph_session::blame_pieces(const std::shared_ptr<pieces_job>& job, error why) {
  why.code = ec::server_busy;
  ask_if_well([this, job, why](const result<void>& well) {
    well ? job->done(why) : give_up(job->done, well.error());
  });
}

/// Out of libcurl's callback.
void graph_session::schedule_piece(const std::shared_ptr<pieces_job>& job) {
  job->out = true;
  loop_.after(duration{0}, held([this, job] { deliver_piece(job); }));
}

void graph_session::deliver_piece(const std::shared_ptr<pieces_job>& job) {
  job->on_piece(std::exchange(job->piece, {}),
                [weak = weak_from_this(), job, &loop = loop_, serial = ++job->serial] {
                  loop.post([weak, job, serial] {
                    const auto self = weak.lock();
                    if (self && !self->ended_) self->piece_taken(job, serial);
                  });
                });
}

void graph_session::piece_taken(const std::shared_ptr<pieces_job>& job, uint64_t serial) {
  if (serial != job->serial || !job->out) return;
  job->out = false;
  job->complete ? end_pieces(job) : api_->resume(job->request);
}

void graph_session::end_pieces(const std::shared_ptr<pieces_job>& job) {
  if (job->piece.empty()) return job->done(job->total);
  job->out = true;
  deliver_piece(job);
}

}  // namespace postroom::channels
