// One mail over the size limit: streamed into the store in pieces, never whole in memory.
#include "actors/ingest.hpp"
#include "actors/poller.hpp"
#include "actors/worker.hpp"
#include "storage/keys.hpp"

namespace postroom::actors {
namespace keys = storage::keys;

namespace {

constexpr duration ask_again_after{20};

}  // namespace

void poller_state::fetch_large_next() {
  auto mail = todo_.front();
  todo_.pop_front();
  auto shown = mail;
  shown.size = ingest::chunk_bytes;  // no more than a piece of it is ever in memory
  window_.ask(shown, nullptr);
  ++session_mails_;
  large_waiting_.push_back(std::move(mail));
  fetch_large();
}

void poller_state::fetch_large() {
  if (fetching_large_ || large_waiting_.empty() || draining_) return;
  fetching_large_ = true;
  large_ = large_waiting_.front();
  large_waiting_.pop_front();
  large_id_ = {};
  large_chunks_ = 0;
  large_hash_ = std::make_shared<sha256>();
  reserve_large();
}

void poller_state::reserve_large() {
  ask_factory<mail_reserved>(
      reserve_mail{},
      [this](mail_reserved& m) {
        large_id_ = m.id;
        if (!channel_ || closing_) return;
        channel_->fetch_in_pieces(
            large_,
            [this, to = address_of(self_)](std::string piece, std::function<void()> next) {
              auto bytes = std::make_shared<const std::string>(std::move(piece));
              to.deliver([this, bytes, next = std::move(next)] { on_piece(bytes, next); });
            },
            back(&poller_state::on_large_done));
      },
      [this](const error&) { later_of_factory(ask_again_after, [this] { reserve_large(); }); });
}

void poller_state::on_piece(std::shared_ptr<const std::string> piece, std::function<void()> next) {
  ++pieces_out_;
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, id = large_id_, chunk = large_chunks_++,
       hash = large_hash_, piece] {
        hash->update(*piece);
        storage::write_batch batch;
        if (chunk == 0) batch.put(keys::staging(id), "");
        batch.put_shared(keys::raw(id, chunk), piece, *piece);
        return store->stage(owner, std::move(batch));
      },
      [this, next = std::move(next)](result<void> r) {
        --pieces_out_;
        if (!r) return stop_for(r.error());
        next();
      });
}

void poller_state::on_large_done(result<uint64_t> r) {
  const bool kept_back = r.code() == ec::mail_too_large;  // by the server, whole and in pieces
  if (!r && !kept_back && r.code() != ec::not_found && r.code() != ec::server_busy) {
    note_broken_at(plan::name_of(large_), r.error());
    return stop_for(r.error());
  }
  args_.breakers->came(plan::name_of(large_));
  fetching_large_ = false;
  if (!r && large_chunks_ > 0) drop_pieces(large_id_);
  if (r.code() == ec::server_busy) {
    postpone(large_, r.error());
  } else if (kept_back) {
    window_.ready(large_.uid, plain_item(large_, mail_item::kind::quarantine,
                                         std::string{to_string(ec::mail_too_large)},
                                         "the server does not hand it out: " + r.error().detail));
  } else if (!r) {
    window_.ready(large_.uid, plain_item(large_, mail_item::kind::suppress, "vanished",
                                         "removed from the server before it was read"));
  } else {
    auto item = plain_item(
        large_, mail_item::kind::quarantine, std::string{to_string(ec::mail_too_large)},
        std::to_string(*r) + " bytes, the limit is " + std::to_string(plan_.max_mail_bytes));
    item.staged = large_id_;
    item.staged_size = *r;
    item.staged_chunks = large_chunks_;
    item.content_hash = large_hash_->finish();
    window_.ready(large_.uid, std::move(item));
  }
  fetch_large();
  advance();
}

// Nobody will hand these over. If this is lost in a crash, the next start of the factory clears
// away whatever has a marker. So the marker stays for a piece that may reach the store behind this.
void poller_state::drop_pieces(mail_id id) {
  storage::write_batch batch;
  auto range = keys::raw_of(id);
  batch.erase_range(range.first, range.last);
  if (pieces_out_ == 0) batch.erase(keys::staging(id));
  stage(std::move(batch));
}

}  // namespace postroom::actors
