#include <algorithm>
#include <map>
#include <utility>

#include "channels/imap_jobs.hpp"
#include "channels/imap_session.hpp"

namespace postroom::channels {

namespace {

constexpr uint64_t search_width = 1u
                                  << 16;  // UIDs per SEARCH, so that its answer stays below 1 MiB
constexpr uint64_t max_width = 1u << 16;
constexpr uint64_t max_uid = 0xffff'ffff;

/// Looks through windows of UIDs in ascending order. A window is as wide as the number of mails
/// wanted, so no answer is much larger than that, however full the mailbox; where UIDs are sparse,
/// a search finds the next window.
class list_job final : public imap_job {
 public:
  list_job(uint64_t after, std::size_t max, done_fn<listing> done)
      : imap_job(kind::list),
        low_(std::min(after, max_uid) + 1),
        max_(max),
        done_(std::move(done)) {}

  void start(imap_session& s) override {
    session_ = &s;
    if (max_ == 0) return finish();
    // What is announced from here on counts as news, although the commands below may see it too:
    // Dovecot carries out a pipelined FETCH before it announces what the NOOP ahead of it found, so
    // a mail between the two is in no listing.
    s.news = false;
    // Servers look for new mails between commands: without this, those since the last command would
    // not be seen.
    s.command_ok(*this, "NOOP", [] {});
    next_window();
  }

  bool on_fetch(imap_fetch& f) override {
    // "n:*" names the last mail even when its UID is below n (RFC 9051 9, seq-range).
    if (!f.uid || *f.uid < low_ || (!f.size && !f.internal_date)) return false;
    mails_.insert_or_assign(*f.uid, listed_mail{*f.uid, {}, f.size.value_or(0), f.internal_date});
    // The server said `*` and more came in meanwhile: only the first ones are wanted.
    if (mails_.size() > max_) mails_.erase(std::prev(mails_.end()));
    return true;
  }

  void on_untagged(const imap_response& r) override {
    if (r.what == imap_response::kind::search) {
      for (const auto uid : r.numbers) {
        if (uid >= low_ && (found_ == 0 || uid < found_)) found_ = uid;
      }
    }
  }

 private:
  [[nodiscard]] bool reaches_end(uint64_t high) const {
    return high >= max_uid || (session_->uid_next > 0 && high + 1 >= session_->uid_next);
  }

  [[nodiscard]] std::string set_to(uint64_t high) const {
    return std::to_string(low_) + ":" + (reaches_end(high) ? "*" : std::to_string(high));
  }

  void next_window() {
    if (finished()) return;  // NOOP was refused
    if (low_ > max_uid) return finish();
    const uint64_t high = low_ + std::min<uint64_t>(max_, max_width) - 1;
    const auto before = mails_.size();
    session_->command_ok(*this, "UID FETCH " + set_to(high) + " (UID RFC822.SIZE INTERNALDATE)",
                         [this, high, before] { on_window(high, before); });
  }

  void on_window(uint64_t high, std::size_t before) {
    if (mails_.size() >= max_ || reaches_end(high)) return finish();
    low_ = high + 1;
    const bool dense = (mails_.size() - before) * 4 >= std::min<uint64_t>(max_, max_width);
    return dense ? next_window() : search();
  }

  /// Finds the next UID there is, so that a gap costs one answer and not thousands.
  void search() {
    if (low_ > max_uid) return finish();
    found_ = 0;
    const bool at_once = session_->offers("ESEARCH");
    const uint64_t high = at_once ? max_uid : low_ + search_width - 1;
    const auto set = set_to(high);
    session_->command_ok(*this,
                         (at_once ? "UID SEARCH RETURN (MIN) UID " : "UID SEARCH UID ") + set,
                         [this, high] { on_searched(high); });
  }

  void on_searched(uint64_t high) {
    if (found_ == 0 && reaches_end(high)) return finish();
    if (found_ == 0) {
      low_ = high + 1;
      return search();
    }
    low_ = found_;
    next_window();
  }

  void on_report(const error* why) override {
    if (why) return done_(*why);
    std::vector<listed_mail> out;
    out.reserve(mails_.size());
    for (auto& [uid, mail] : mails_) out.push_back(std::move(mail));
    done_(listing{std::move(out), {}});
  }

  uint64_t low_;
  std::size_t max_;
  done_fn<listing> done_;
  imap_session* session_ = nullptr;
  std::map<uint64_t, listed_mail> mails_;
  uint64_t found_ = 0;
};

}  // namespace

std::unique_ptr<imap_job> make_imap_list(uint64_t after, std::size_t max, done_fn<listing> done) {
  return std::make_unique<list_job>(after, max, std::move(done));
}

}  // namespace postroom::channels
