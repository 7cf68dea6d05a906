#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "channels/factory.hpp"
#include "channels/graph_api.hpp"
#include "channels/graph_calls.hpp"
#include "channels/graph_json.hpp"
#include "channels/graph_subscription.hpp"
#include "channels/inbound.hpp"

namespace postroom::channels {

/// One mailbox at Microsoft Graph, on the loop thread, where all of its methods run. For
/// channels/graph*.cpp.
class graph_session final : public std::enable_shared_from_this<graph_session> {
 public:
  graph_session(event_loop& loop, inbound_settings settings);

  void open(done_fn<opened_mailbox> done);
  void list(uint64_t after, std::size_t max, done_fn<listing> done);
  void resume(std::string position);
  void fetch(std::vector<listed_mail> mails, inbound_channel::on_mail_fn on_mail,
             done_fn<void> done);
  void fetch_in_pieces(listed_mail mail, inbound_channel::on_piece_fn on_piece,
                       done_fn<uint64_t> done);
  void settle(std::vector<listed_mail> mails, after_commit action, std::string folder,
              done_fn<void> done);
  void wait(duration at_most, done_fn<wake> done);
  void close(done_fn<void> done);

  /// Ends everything that is under way with this error. Idempotent.
  void stop(error why);

 private:
  using answer_fn = graph_api::done_fn;
  using folder_fn = std::function<void(result<graph_folder>)>;
  struct folder_walk;
  struct list_job;
  struct fetch_job;
  struct fetch_slot;
  struct pieces_job;
  struct settle_job;

  /// `fn`, unless the session is over by then.
  template <class Fn>
  auto held(Fn fn) {
    return [weak = weak_from_this(), fn = std::move(fn)](auto... outcome) mutable {
      if (const auto self = weak.lock(); self && !self->ended_) fn(std::move(outcome)...);
    };
  }
  [[nodiscard]] std::string message_path(const std::string& id) const;
  /// Passes an error on to `done`; one after which nothing works any more ends the session.
  template <class T>
  void give_up(const done_fn<T>& done, const error& why) {
    const auto self = shared_from_this();
    if (ends_session(why)) return stop(why);
    done(why);
  }
  static bool ends_session(const error& why);

  // Hearing of new mails: graph_wait.cpp.
  void watch();
  void on_news(graph_subscription::news what, std::chrono::steady_clock::time_point heard_at);
  void end_wait(wake how);
  void end_close();

  // Folders: graph_folders.cpp.
  void find_folder(const std::string& path, bool make, folder_fn found);
  void walk(const std::shared_ptr<folder_walk>& at);
  void take_step(const std::shared_ptr<folder_walk>& at, result<graph_folder> got);
  void look_up(const std::shared_ptr<folder_walk>& at);
  void make_folder(const std::shared_ptr<folder_walk>& at);

  // What is there: graph_list.cpp.
  void next_list();
  [[nodiscard]] std::string first_link() const;
  void begin_list(const std::shared_ptr<list_job>& job);
  void ask_page(const std::shared_ptr<list_job>& job);
  void on_page(const std::shared_ptr<list_job>& job, result<http_answer> got);
  void take_page(list_job& job, graph_page page);
  [[nodiscard]] listed_mail to_listed(const graph_entry& entry);
  void end_list(const std::shared_ptr<list_job>& job);
  void fail_list(const std::shared_ptr<list_job>& job, const error& why);

  // Whole mails: graph_fetch.cpp; in pieces: graph_pieces.cpp.
  void pump_fetch();
  [[nodiscard]] bool may_start(const fetch_slot& slot) const;
  void start_fetch(const std::shared_ptr<fetch_slot>& slot);
  void request_mail(const std::shared_ptr<fetch_slot>& slot);
  void on_fetched(const std::shared_ptr<fetch_slot>& slot, result<http_answer> got);
  void blame_mail(const std::shared_ptr<fetch_slot>& slot, error why);
  /// Asks whether the service is well although it cut an answer off.
  graph_api::id ask_if_well(std::function<void(result<void>)> told);
  void deliver();
  void drop_job(const std::shared_ptr<fetch_job>& job, const error& why);
  static error mail_error(const http_answer& answer);
  void note_denied(const std::string& id);
  [[nodiscard]] bool may_read_mails() const;
  [[nodiscard]] error denied_error(error why, const std::string& id);
  void schedule_piece(const std::shared_ptr<pieces_job>& job);
  void deliver_piece(const std::shared_ptr<pieces_job>& job);
  void piece_taken(const std::shared_ptr<pieces_job>& job, uint64_t serial);
  void on_pieces_end(const std::shared_ptr<pieces_job>& job, result<http_answer> got);
  void blame_pieces(const std::shared_ptr<pieces_job>& job, error why);
  void end_pieces(const std::shared_ptr<pieces_job>& job);

  // What becomes of them: graph_settle.cpp.
  void next_settle();
  void look_again(const std::shared_ptr<settle_job>& job);
  void settle_some(const std::shared_ptr<settle_job>& job);
  void settle_one(const std::shared_ptr<settle_job>& job);
  void settle_batch(const std::shared_ptr<settle_job>& job, std::size_t count);
  void on_batch(const std::shared_ptr<settle_job>& job, result<http_answer> got);
  void end_settle(const std::shared_ptr<settle_job>& job);
  [[nodiscard]] graph_part_request request_for(const settle_job& job, const std::string& id) const;

  event_loop& loop_;
  inbound_settings settings_;
  std::string root_;  ///< "/me" or "/users/{user}"
  std::shared_ptr<graph_api> api_;
  open_calls calls_;
  done_fn<void> close_done_;
  std::optional<error> ended_;  ///< why nothing works any more
  bool opened_ = false;         ///< the folder is known
  uint64_t stop_hook_ = 0;
  std::string folder_id_;
  std::map<std::string, std::string> targets_;  ///< ids of folders to move to, by name

  std::deque<std::shared_ptr<list_job>> lists_;  ///< the first one is under way
  std::string position_;
  bool resumed_ = false;  ///< the position is of an earlier session, and nothing was listed since
  std::unordered_set<std::string> seen_;         ///< ids listed in this round of the delta
  std::unordered_set<std::string> seen_before_;  ///< and in the last one that had any
  uint64_t last_uid_ = 0;
  bool sizes_told_ = true;

  std::shared_ptr<graph_subscription> subscription_;           ///< null: not wanted, or not yet
  std::optional<std::chrono::steady_clock::time_point> news_;  ///< heard, and not listed since
  bool listed_ = false;                                        ///< some listing began
  bool within_round_ = false;  ///< of the delta: the next listing may leave out what is new
  done_fn<wake> wait_done_;
  uint64_t wait_timer_ = 0;

  std::deque<std::shared_ptr<fetch_slot>> slots_;  ///< in the order of the answers
  std::size_t fetching_ = 0;
  uint64_t fetching_bytes_ = 0;
  bool delivering_ = false;
  bool read_some_ = false;                  ///< a whole mail: so we have the permission
  std::unordered_set<std::string> denied_;  ///< ids of mails answered with 403 before any was read
  std::map<uint64_t, std::shared_ptr<pieces_job>> pieces_;

  std::deque<std::shared_ptr<settle_job>> settles_;
};

}  // namespace postroom::channels
