#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "channels/imap_parser.hpp"
#include "channels/imap_response.hpp"

namespace postroom::channels {

class imap_session;

/// One call of the port on its way. Loop thread only. The session runs them in order, each to its
/// end, but for those that may run side by side (see imap_session.cpp); their outcomes are reported
/// in order always.
class imap_job {
 public:
  enum class kind { open, list, fetch, pieces, settle, wait, close };

  explicit imap_job(kind k) : kind_(k) {}
  virtual ~imap_job() = default;
  imap_job(const imap_job&) = delete;
  imap_job& operator=(const imap_job&) = delete;

  [[nodiscard]] kind what() const { return kind_; }
  [[nodiscard]] bool finished() const { return finished_; }

  /// Sends the first commands.
  virtual void start(imap_session& s) = 0;
  /// The bounded window may have got room.
  virtual void pump() {}
  /// All that is to be sent was sent.
  [[nodiscard]] virtual bool sent_all() const { return false; }

  virtual void on_untagged(const imap_response&) {}
  /// True: the data was for this job.
  virtual bool on_fetch(imap_fetch&) { return false; }
  /// What to do with a mail's literal; nothing: not for this job.
  virtual std::optional<imap_parser::plan> on_body(const imap_fetch&, uint64_t) {
    return std::nullopt;
  }
  virtual void on_piece(std::string) {}
  virtual void on_continuation() {}
  /// Another call came in.
  virtual void interrupt() {}

  /// Runs the caller's `done`; once, last. `broke`: why the channel ended, when it ended first.
  void report(const error* broke) {
    if (finished_) broke = failed_ ? &*failed_ : nullptr;
    on_report(broke);
  }

  std::size_t commands_in_flight =
      0;  ///< counted by the session; the job is kept as long as there are any

  void finish() { finished_ = true; }
  /// The first error counts.
  void finish(error why) {
    finished_ = true;
    if (!failed_) failed_ = std::move(why);
  }

 protected:
  virtual void on_report(const error* why) = 0;

 private:
  kind kind_;
  bool finished_ = false;
  std::optional<error> failed_;
};

}  // namespace postroom::channels
