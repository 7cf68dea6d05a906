// The poller's mails between parsed and ready: what the virus scanner says of them.
#include <algorithm>
#include <memory>

#include "actors/poller.hpp"
#include "actors/scanning.hpp"
#include "actors/worker.hpp"
#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"

namespace postroom::actors {

namespace {

constexpr std::size_t max_scans = 4;        // asked for at once; the scanner serves all mailboxes
constexpr unsigned failures_of_a_mail = 3;  // then the scanner is asked how it is itself
constexpr duration unasked_for{10'000};     // with `accept`, after the scanner could not be reached
constexpr backoff_policy scanner_retry{duration{1'000}, duration{60'000}};
constexpr const char* its_error = "virus scanner: ";  // how errors of the scanner begin

}  // namespace

void poller_state::start_scanner() {
  scan_ = partitions::scan_settings_of(args_.model->config().scanning());
  if (scan_) scanner_ = args_.context->make_scanner(args_.model->id(), *scan_);
}

void poller_state::on_parsed(mail_item item) {
  if (scan_ && scanning::is_to_be_scanned(item, *scan_)) return await_scan({std::move(item), 0});
  const auto uid = item.listed.uid;
  window_.ready(uid, std::move(item));
}

// The oldest first, for all wait for it.
void poller_state::await_scan(scan_job job) {
  const auto behind = std::ranges::upper_bound(to_scan_, job.item.listed.uid, {},
                                               [](const scan_job& j) { return j.item.listed.uid; });
  to_scan_.insert(behind, std::move(job));
}

void poller_state::scan_more() {
  while (!scan_paused_ && scans_out_ < max_scans && !to_scan_.empty()) {
    auto job = std::make_shared<scan_job>(std::move(to_scan_.front()));
    to_scan_.pop_front();
    if (args_.context->clock() < scanner_away_until_) {
      take_unscanned(std::move(*job), scanner_away_);
      continue;
    }
    ++scans_out_;
    scanner_->scan(job->item.raw,
                   [this, to = address_of(self_), job](result<channels::scan_verdict> r) {
                     to.deliver([this, job, r] { on_scanned(std::move(*job), r); });
                   });
  }
}

void poller_state::on_scanned(scan_job job, const result<channels::scan_verdict>& r) {
  --scans_out_;
  if (r) {
    scanner_answers();
    const auto uid = job.item.listed.uid;
    window_.ready(uid, scanning::with_verdict(std::move(job.item), *r, *scan_));
  } else if (scan_->accept_unscanned && !scanning::was_not_asked(r.code())) {
    scanner_fails(r.error());
    if (!scanning::may_be_the_mails_doing(r.code())) {
      scanner_away_ = r.code();
      scanner_away_until_ = args_.context->clock() + unasked_for;
    }
    take_unscanned(std::move(job), r.code());
  } else {
    scan_again_later(std::move(job), r.error());
  }
  advance();
}

void poller_state::take_unscanned(scan_job job, ec why) {
  const auto uid = job.item.listed.uid;
  window_.ready(uid, scanning::without_verdict(std::move(job.item), why));
}

// The mail keeps its place in the window, so the cursor does not pass it.
void poller_state::scan_again_later(scan_job job, const error& why) {
  scanner_fails(why);
  if (scanning::may_be_the_mails_doing(why.code) && ++job.failures >= failures_of_a_mail)
    return ask_whose_fault(std::move(job), why);
  await_scan(std::move(job));
  pause_scans();
}

void poller_state::pause_scans() {
  if (std::exchange(scan_paused_, true)) return;
  const auto pause = backoff_delay(scanner_retry, ++scan_failures_, args_.context->random);
  status_.set_next_try_at(to_millis(args_.context->clock() + pause));
  publish("waiting");
  later(self_, pause, [this] {
    scan_paused_ = false;
    advance();
  });
}

// One mail that the scanner chokes on must not hold the mailbox up for ever; nor may a scanner that
// hangs send every mail to the quarantine.
void poller_state::ask_whose_fault(scan_job job, const error& why) {
  ++scans_out_;
  auto shared = std::make_shared<scan_job>(std::move(job));
  scanner_->ping([this, to = address_of(self_), shared, why](result<void> r) {
    const bool well = r.ok();
    to.deliver([this, shared, why, well] {
      --scans_out_;
      if (well) {
        const auto uid = shared->item.listed.uid;
        window_.ready(uid, scanning::fails_scanner(std::move(shared->item), why));
      } else {
        await_scan(std::move(*shared));
        pause_scans();
      }
      advance();
    });
  });
}

void poller_state::scanner_fails(const error& why) {
  metrics::get_counter("postroom_scan_failures_total", "mails without a verdict of the scanner",
                       {{"partition", args_.model->id().value}})
      .add();
  if (!std::exchange(scanner_failing_, true))  // once, not for each mail
    log::warn("scanner_failed", {{"mailbox", args_.server}, {"error", why.text()}});
  if (!status_.last_error().starts_with(its_error)) other_error_ = status_.last_error();
  status_.set_last_error(its_error + why.text());
  publish(status_.state());
}

void poller_state::scanner_answers() {
  scan_failures_ = 0;
  scanner_away_until_ = {};
  if (!std::exchange(scanner_failing_, false)) return;
  log::info("scanner_answers", {{"mailbox", args_.server}});
  // What else is wrong with the mailbox is no better for it.
  if (status_.last_error().starts_with(its_error)) status_.set_last_error(other_error_);
  publish("reading");
}

}  // namespace postroom::actors
