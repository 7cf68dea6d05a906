#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "channels/connection.hpp"
#include "channels/factory.hpp"
#include "channels/imap_job.hpp"
#include "channels/imap_parser.hpp"

namespace postroom::channels {

/// One IMAP connection: carries commands out and answers in, keeps the queue of jobs, knows what
/// holds for the mailbox. Loop thread only, but for the constructor. Kept alive by the tasks it
/// posted until it has shut down.
class imap_session final : public std::enable_shared_from_this<imap_session>,
                           connection::user,
                           imap_parser::sink {
 public:
  using tagged_fn = std::function<void(const imap_response&)>;

  imap_session(event_loop& loop, inbound_settings settings, duration idle_again);

  /// Queues a job; refuses it when the channel has ended.
  void enqueue(std::unique_ptr<imap_job> job);
  /// Ends everything: what is queued is reported with `why`. Idempotent.
  void shut_down(const error& why);

  // --- for jobs ---
  event_loop& loop() { return loop_; }
  [[nodiscard]] const inbound_settings& settings() const { return settings_; }
  [[nodiscard]] duration idle_again() const { return idle_again_; }
  void connect();
  [[nodiscard]] const connection& wire() const { return *connection_; }
  /// Sends a command, which must be one line. `answered` runs with its tagged answer.
  void command(imap_job& owner, std::string_view text, tagged_fn answered);
  /// The same for commands of which only success is of interest: a refusal ends the job.
  void command_ok(imap_job& owner, std::string_view text, std::function<void()> ok);
  void send_line(std::string_view line);
  /// What a refused command means, with a code that came untagged before it.
  [[nodiscard]] error refusal(const imap_response& tagged) const;
  /// At rest (in IDLE) no answer is awaited and no buffers are kept.
  void rest(bool yes);
  void pause() { connection_->pause(); }
  void resume() { connection_->resume(); }
  /// Looks after the queue; for a job that went on by a timer or a task rather than by an answer.
  void turn();
  /// Ends the channel because the server's answers make no sense.
  void violated(std::string what);

  [[nodiscard]] bool offers(const std::string& capability) const {
    return capabilities_.contains(capability);
  }

  uint64_t exists = 0;     ///< mails in the mailbox
  uint64_t uid_next = 0;   ///< as of the SELECT; 0: not told
  uint64_t announced = 0;  ///< bytes of mails asked for and not yet come, as the server called them
  bool news = false;       ///< the mailbox grew since the last `list`
  std::chrono::steady_clock::time_point heard_at;  ///< when `news` was read

 private:
  struct pending {
    imap_job* owner = nullptr;
    tagged_fn answered;
  };

  void on_ready() override;
  std::span<char> destination() override { return parser_.destination(); }
  void on_bytes(std::string_view bytes) override;
  void on_broken(error why) override;

  void on_response(imap_response& r) override;
  imap_parser::plan on_body(const imap_fetch& so_far, uint64_t size) override;
  void on_piece(std::string piece) override;

  void on_tagged(const imap_response& r);
  void on_untagged(imap_response& r);
  void on_status(const imap_response& r);
  void on_exists(uint64_t n);
  void on_bye(const imap_response& r);
  [[nodiscard]] error sign_in_error(error why) const;
  [[nodiscard]] bool closing() const;
  [[nodiscard]] bool may_start_next() const;
  void await();

  event_loop& loop_;
  inbound_settings settings_;
  duration idle_again_;
  std::unique_ptr<connection> connection_;
  imap_parser parser_{*this};
  std::deque<std::unique_ptr<imap_job>> jobs_;
  std::size_t started_ = 0;  ///< the first so many of jobs_
  std::map<uint64_t, pending> commands_;
  uint64_t last_tag_ = 0;
  std::set<std::string> capabilities_;
  std::optional<imap_response> last_untagged_no_;
  std::chrono::steady_clock::time_point read_at_;
  std::optional<error> ended_;
  uint64_t stop_hook_ = 0;
  bool ready_ = false;
  bool resting_ = false;
  bool turning_ = false;
};

}  // namespace postroom::channels
