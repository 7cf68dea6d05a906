#include "actors/call_factory.hpp"
#include "actors/errors.hpp"
#include "actors/reprocess.hpp"
#include "actors/scanning.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"

/// A mail that a person wants decided anew: a round of its own.
namespace postroom::actors {

namespace {

constexpr std::size_t max_asked = 64;
constexpr duration scan_limit{10'000};  // a person waits for the answer

mail_reprocessed answer_of(std::optional<record::v1::QuarantineEntry> entry,
                           record::v1::LedgerEntry ledger) {
  mail_reprocessed out;
  if (entry) out.entry = std::make_shared<const record::v1::QuarantineEntry>(std::move(*entry));
  out.ledger = std::make_shared<const record::v1::LedgerEntry>(std::move(ledger));
  return out;
}

/// Whoever takes a mail in spite of a virus sees it by its tag.
partitions::scan_settings settings_for(const reprocess_mail& wanted,
                                       partitions::scan_settings settings) {
  settings.tag_infected |= wanted.accept;
  settings.accept_unscanned |= wanted.accept;
  return settings;
}

}  // namespace

caf::result<mail_reprocessed> call_factory_state::take(reprocess_request& r) {
  if (reprocesses_.size() + being_scanned_.size() >= max_asked)
    return to_caf(fail(ec::overloaded, "too many changes of this quarantine at once"));
  auto promise = self_->make_response_promise<mail_reprocessed>();
  reprocesses_.push_back({r.reprocess, promise});
  next_round();
  return promise;
}

void call_factory_state::next_reprocess() {
  busy_ = true;
  again_ = std::move(reprocesses_.front());
  reprocesses_.pop_front();
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, model = args_.model, wanted = again_->wanted,
       notes = args_.context->notes] { return reprocess::read(*store, *model, *wanted, *notes); },
      [this](result<reprocess::stored_mail> r) { on_stored_mail(std::move(r)); });
}

void call_factory_state::on_stored_mail(result<reprocess::stored_mail> r) {
  if (!r || r->has_become()) {  // nothing is to be changed
    if (r)
      again_->promise.deliver(answer_of(std::move(r->entry), std::move(r->ledger)));
    else
      again_->promise.deliver(to_caf(r.error()));
    return end_round();
  }
  using batch_ptr = std::shared_ptr<mail_batch>;
  offload(
      self_, args_.context->parse_pool,
      [mail = std::move(*r), model = args_.model, wanted = again_->wanted,
       now = args_.context->clock(), notes = args_.context->notes]() mutable -> result<batch_ptr> {
        return reprocess::to_batch(std::move(mail), *wanted, model, now, *notes);
      },
      [this](result<batch_ptr> batch) {
        if (!batch) return fail_round(batch.error());
        on_batch(std::move(*batch));
      });
}

void call_factory_state::on_batch(std::shared_ptr<mail_batch> batch) {
  auto& item = batch->items.front();
  if (scan_ && scanning::is_to_be_scanned(item, *scan_)) {
    const auto& verdict = again_->verdict;
    if (!verdict) return scan_again(item.raw);
    const auto settings = settings_for(*again_->wanted, *scan_);
    item = *verdict ? scanning::with_verdict(std::move(item), **verdict, settings)
                    : scanning::without_verdict(std::move(item), verdict->code());
  }
  begin_round();
  round_->taken.push_back(std::move(batch));
  look_up();
}

// Beside the rounds, which must not wait for it. Then the mail is read and parsed once more,
// because another person may have dealt with it meanwhile.
void call_factory_state::scan_again(std::shared_ptr<const std::string> raw) {
  const auto scan = ++last_scan_;
  being_scanned_.emplace(scan, std::move(*again_));
  scanner_->scan(std::move(raw), [this, scan, to = address_of(self_)](auto r) {
    to.deliver([this, scan, r] { on_scanned_again(scan, r); });
  });
  later(self_, scan_limit,
        [this, scan] { on_scanned_again(scan, fail(ec::timeout, "it took longer than 10 s")); });
  end_round();
}

void call_factory_state::on_scanned_again(uint64_t scan, result<channels::scan_verdict> r) {
  auto found = being_scanned_.extract(scan);
  if (!found) return;  // answered already
  auto& waited = found.mapped();
  if (!r && !(scan_ && settings_for(*waited.wanted, *scan_).accept_unscanned)) {
    waited.promise.deliver(to_caf(fail(
        r.code(),
        "the virus scanner gave no verdict; nothing was changed, ask again: " + r.error().detail)));
    return maybe_quit();
  }
  waited.verdict = std::move(r);
  reprocesses_.push_front(std::move(waited));
  next_round();
}

void call_factory_state::on_decided_again(ingest::again_result r) {
  log::info("mail_reprocessed",
            {{"partition", again_->wanted->partition.value},
             {"mail", again_->wanted->mail.value},
             {"who", again_->wanted->who},
             {"outcome", ingest::outcome_name(r.ledger.outcome(), r.ledger.reason())}});
  again_->promise.deliver(answer_of(std::move(r.quarantined), std::move(r.ledger)));
}

}  // namespace postroom::actors
