#include <algorithm>
#include <utility>

#include "channels/imap_jobs.hpp"
#include "channels/imap_session.hpp"
#include "channels/imap_text.hpp"

namespace postroom::channels {

namespace {

constexpr std::size_t mails_per_command = 500;

/// Batch after batch, one command at a time. Each step may be repeated after a crash: UIDs that are
/// gone are ignored by the server, and a mail that is marked \Deleted already was copied before.
class settle_job final : public imap_job {
 public:
  settle_job(const std::vector<listed_mail>& mails, after_commit action, std::string folder,
             done_fn<void> done)
      : imap_job(kind::settle),
        action_(action),
        folder_(std::move(folder)),
        done_(std::move(done)) {
    for (const auto& mail : mails) uids_.push_back(mail.uid);
    std::ranges::sort(uids_);
  }

  void start(imap_session& s) override {
    session_ = &s;
    if (action_ == after_commit::leave || uids_.empty()) return finish();
    if (action_ == after_commit::move) {
      auto quoted = quote_mailbox(folder_);
      if (!quoted) return finish(quoted.error());
      folder_ = std::move(*quoted);
    }
    for (std::size_t i = 0; i < uids_.size(); i += mails_per_command) {
      const auto from = uids_.begin() + static_cast<std::ptrdiff_t>(i);
      const auto n = std::min(mails_per_command, uids_.size() - i);
      for (auto& set : uid_sets({from, from + static_cast<std::ptrdiff_t>(n)}))
        sets_.push_back(std::move(set));
    }
    next_set();
  }

  void on_untagged(const imap_response& r) override {
    if (r.what != imap_response::kind::search || !searching_) return;
    for (const auto uid : r.numbers) {
      if (!std::ranges::binary_search(uids_, uid)) {
        foreign_ = true;
      } else if (found_.size() < uids_.size()) {
        found_.push_back(uid);
      }
    }
  }

 private:
  void next_set() {
    if (current_ == sets_.size()) return end();
    const auto& set = sets_[current_++];
    switch (action_) {
      case after_commit::leave:
        return finish();
      case after_commit::mark_seen:
        return ok("UID STORE " + set + " +FLAGS.SILENT (\\Seen)", [this] { next_set(); });
      case after_commit::remove:
        return remove(set);
      case after_commit::move:
        if (session_->offers("MOVE")) return into_folder("UID MOVE " + set, [this] { next_set(); });
        return copy_and_remove(set);
    }
  }

  void ok(std::string_view text, std::function<void()> then) {
    session_->command_ok(*this, text, std::move(then));
  }

  /// A command that ends with the folder's name; the folder is made once when it is missing.
  void into_folder(std::string text, std::function<void()> then) {
    session_->command(
        *this, text + " " + folder_, [this, text, then = std::move(then)](const imap_response& r) {
          if (r.status == imap_status::ok) return then();
          auto why = session_->refusal(r);
          if (why.code != ec::mailbox_missing || std::exchange(created_, true))
            return finish(std::move(why));
          session_->command(*this, "CREATE " + folder_,
                            [this, text, then](const imap_response& made) {
                              if (made.status != imap_status::ok && made.code != "ALREADYEXISTS")
                                return finish(session_->refusal(made));
                              into_folder(text, then);
                            });
        });
  }

  void copy_and_remove(const std::string& set) {
    search("UID " + set + " UNDELETED", [this, set] { copy(uid_sets(found_), 0, set); });
  }

  void copy(std::vector<std::string> left, std::size_t i, const std::string& set) {
    if (i == left.size()) return remove(set);
    const auto text = "UID COPY " + left[i];
    into_folder(text, [this, left = std::move(left), i, set] { copy(left, i + 1, set); });
  }

  void remove(const std::string& set) {
    ok("UID STORE " + set + " +FLAGS.SILENT (\\Deleted)", [this, set] {
      if (!session_->offers("UIDPLUS")) return next_set();
      ok("UID EXPUNGE " + set, [this] { next_set(); });
    });
  }

  /// All batches are through. Without UIDPLUS there is only EXPUNGE, which takes every mail that is
  /// marked: so it is said only when all of those are ours.
  void end() {
    const bool marked = action_ == after_commit::remove ||
                        (action_ == after_commit::move && !session_->offers("MOVE"));
    if (!marked || session_->offers("UIDPLUS")) return finish();
    search("DELETED", [this] {
      if (found_.empty() || foreign_) return finish();
      ok("EXPUNGE", [this] { finish(); });
    });
  }

  void search(const std::string& what, std::function<void()> then) {
    found_.clear();
    foreign_ = false;
    searching_ = true;
    ok("UID SEARCH " + what, [this, then = std::move(then)] {
      searching_ = false;
      then();
    });
  }

  void on_report(const error* why) override {
    if (why) return done_(*why);
    done_({});
  }

  after_commit action_;
  std::string folder_;  ///< ready for the command once started
  done_fn<void> done_;
  imap_session* session_ = nullptr;
  std::vector<uint64_t> uids_;
  std::vector<std::string> sets_;
  std::size_t current_ = 0;
  bool created_ = false;
  bool searching_ = false;
  bool foreign_ = false;  ///< the search found mails of others
  std::vector<uint64_t> found_;
};

}  // namespace

std::unique_ptr<imap_job> make_imap_settle(std::vector<listed_mail> mails, after_commit action,
                                           std::string folder, done_fn<void> done) {
  return std::make_unique<settle_job>(mails, action, std::move(folder), std::move(done));
}

}  // namespace postroom::channels
