#include <algorithm>
#include <unordered_map>
#include <utility>

#include "channels/imap_jobs.hpp"
#include "channels/imap_session.hpp"
#include "channels/imap_text.hpp"
#include "channels/mail_size.hpp"

namespace postroom::channels {

namespace {

constexpr std::size_t mails_per_command = 200;

/// Asks for mails in groups, several commands ahead of the answers, within the session's window of
/// announced bytes.
class fetch_job final : public imap_job {
 public:
  fetch_job(std::vector<listed_mail> mails, inbound_channel::on_mail_fn on_mail, done_fn<void> done)
      : imap_job(kind::fetch),
        mails_(std::move(mails)),
        on_mail_(std::move(on_mail)),
        done_(std::move(done)) {}

  void start(imap_session& s) override {
    session_ = &s;
    std::ranges::sort(mails_, {}, &listed_mail::uid);
    for (const auto& mail : mails_) {
      if (mail.size > s.settings().max_mail_bytes) on_mail_(mail, too_large());
    }
    std::erase_if(mails_,
                  [&](const auto& mail) { return mail.size > s.settings().max_mail_bytes; });
    pump();
  }

  void pump() override {
    while (!finished() && next_ < mails_.size()) {
      const auto end = group_end();
      if (end == next_) return;
      ask(end);
    }
    if (next_ == mails_.size() && commands_in_flight == 0) finish();
  }

  [[nodiscard]] bool sent_all() const override { return next_ == mails_.size(); }

  std::optional<imap_parser::plan> on_body(const imap_fetch& so_far, uint64_t size) override {
    if (so_far.uid && !asked_.contains(*so_far.uid)) return std::nullopt;
    // Without a UID so far it may be ours; whose it is shows when the answer is complete.
    const auto [from, to] =
        so_far.uid ? asked_.equal_range(*so_far.uid) : std::pair(asked_.begin(), asked_.end());
    uint64_t announced = 0;
    for (auto i = from; i != to; ++i) announced = std::max(announced, mails_[i->second].size);
    const uint64_t limit = most_kept(announced, session_->settings().max_mail_bytes);
    return size > limit ? imap_parser::plan::skip : imap_parser::plan::keep;
  }

  bool on_fetch(imap_fetch& f) override {
    using enum imap_fetch::body_state;
    if (!f.uid || f.body_is == absent || !asked_.contains(*f.uid)) return false;
    switch (f.body_is) {
      case kept:
        answer(*f.uid, std::shared_ptr<const std::string>(std::move(f.body)));
        break;
      case nil:
        answer(*f.uid, fail(ec::not_found));
        break;
      case absent:
      case skipped:
      case streamed:
        answer(*f.uid, too_large());
        break;
    }
    return true;
  }

 private:
  using outcome = result<std::shared_ptr<const std::string>>;

  [[nodiscard]] static error too_large() {
    return fail(ec::mail_too_large, "larger than the mailbox takes");
  }

  /// The mails that may be asked for now: one command's worth, as far as the window has room.
  [[nodiscard]] std::size_t group_end() const {
    const uint64_t window = session_->settings().pipeline_bytes;
    // A quarter, so that the next command is on its way long before the last one is answered.
    const uint64_t fair = std::max<uint64_t>(window / 4, 1);
    uint64_t bytes = 0;
    std::size_t end = next_;
    while (end < mails_.size() && end - next_ < mails_per_command && bytes < fair)
      bytes += mails_[end++].size;
    if (session_->announced == 0 || session_->announced + bytes <= window) return end;
    return next_;
  }

  void ask(std::size_t end) {
    std::vector<uint64_t> uids;
    for (; next_ < end; ++next_) {
      session_->announced += mails_[next_].size;
      asked_.emplace(mails_[next_].uid, next_);
      uids.push_back(mails_[next_].uid);
    }
    auto rest = uids.begin();
    for (const auto& set : uid_sets(uids)) {
      // A set holds the next so many of the sorted UIDs.
      std::vector<uint64_t> mine;
      const auto last = std::stoull(set.substr(set.find_last_of(":,") + 1));
      while (rest != uids.end() && *rest <= last) mine.push_back(*rest++);
      session_->command(
          *this, "UID FETCH " + set + " (UID BODY.PEEK[])",
          [this, mine = std::move(mine)](const imap_response& r) { on_answered(r, mine); });
    }
  }

  void on_answered(const imap_response& r, const std::vector<uint64_t>& uids) {
    // A UID that is gone is passed over in silence (RFC 9051 6.4.9).
    const bool gone = r.status == imap_status::ok || r.code == "EXPUNGEISSUED";
    const auto why = gone ? fail(ec::not_found) : session_->refusal(r);
    // RFC 5530 3: these codes, as none, may speak of the one mail; the others of the whole server.
    const bool of_one_mail = r.code.empty() || r.code == "SERVERBUG" || r.code == "CORRUPTION" ||
                             r.code == "CONTACTADMIN";
    const bool plain = r.status == imap_status::no && of_one_mail && why.code == ec::server_busy;
    if (!gone && !plain) fail_rest(why);
    for (const auto uid : uids) {
      if (!asked_.contains(uid)) continue;
      if (plain && uids.size() > 1) {
        ask_alone(uid);  // one damaged mail must not hold the others up
      } else if (gone || plain) {
        answer(uid, why);
      } else {
        forget(uid);
      }
    }
  }

  void ask_alone(uint64_t uid) {
    session_->command(*this, "UID FETCH " + std::to_string(uid) + " (UID BODY.PEEK[])",
                      [this, uid](const imap_response& r) { on_answered(r, {uid}); });
  }

  /// What was asked for already still comes; nothing more is asked for.
  void fail_rest(const error& why) {
    mails_.resize(next_);
    if (!failed_) failed_ = why;
  }

  void answer(uint64_t uid, const outcome& what) {
    const auto [first, last] = asked_.equal_range(uid);
    std::vector<std::size_t> indices;
    for (auto i = first; i != last; ++i) indices.push_back(i->second);
    forget(uid);
    for (const auto i : indices) on_mail_(mails_[i], what);
  }

  void forget(uint64_t uid) {
    const auto [first, last] = asked_.equal_range(uid);
    for (auto i = first; i != last; ++i) session_->announced -= mails_[i->second].size;
    asked_.erase(first, last);
  }

  void on_report(const error* why) override {
    if (!why && failed_) why = &*failed_;
    if (why) return done_(*why);
    done_({});
  }

  std::vector<listed_mail> mails_;
  inbound_channel::on_mail_fn on_mail_;
  done_fn<void> done_;
  imap_session* session_ = nullptr;
  std::size_t next_ = 0;  ///< the first mail not asked for
  std::unordered_multimap<uint64_t, std::size_t>
      asked_;  ///< UID to place in mails_; a caller may ask twice
  std::optional<error> failed_;
};

}  // namespace

std::unique_ptr<imap_job> make_imap_fetch(std::vector<listed_mail> mails,
                                          inbound_channel::on_mail_fn on_mail, done_fn<void> done) {
  return std::make_unique<fetch_job>(std::move(mails), std::move(on_mail), std::move(done));
}

}  // namespace postroom::channels
