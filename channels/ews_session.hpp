#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/ews.hpp"
#include "channels/ews_autodiscover.hpp"
#include "channels/ews_requester.hpp"
#include "channels/ews_text.hpp"
#include "channels/factory.hpp"
#include "channels/inbound.hpp"

namespace postroom::channels {

/// One Exchange mailbox on the loop thread, where all of its methods run. For channels/ews*.cpp.
///
/// Calls wait in a queue and are carried out one after the other; `conclude` ends the current one.
/// Only fetches in a row flow into one another.
class ews_session final : public std::enable_shared_from_this<ews_session> {
 public:
  ews_session(event_loop& loop, inbound_settings settings, ews_wait_pauses pauses);

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
  struct job {
    std::function<void()> start;
    std::function<void(const error&)> end;
  };
  struct list_job;
  struct fetch_job;
  struct fetch_batch;
  struct fetch_call;
  struct fetch_entry {
    listed_mail mail;
    std::shared_ptr<fetch_call> call;
  };
  struct pieces_job;
  struct settle_job;
  struct wait_job;
  using answer = ews_requester::answer;
  using folder_fn = std::function<void(result<ews_folder>)>;

  // The queue: ews_session.cpp.
  void enqueue(job j);
  void start_next();
  void end_current();
  /// Ends the current call; `done` may destroy the channel.
  template <class T>
  void conclude(const done_fn<T>& done, result<T> got) {
    const auto self = shared_from_this();
    end_current();
    done(std::move(got));
    start_next();
  }
  static error not_opened() { return fail(ec::unsupported, "the mailbox is not open"); }
  /// Sends a request whose answer is one response message; its errors become ours.
  void ask(std::string body, std::function<void(result<ews_message>)> then);

  // Where the mailbox is: ews_open.cpp.
  [[nodiscard]] result<void> check_settings() const;
  void find_url(const std::function<void(result<void>)>& then);
  void use_url(std::string url);
  void find_folder(const std::string& path, bool make, folder_fn then);
  void walk(ews_folder at, std::vector<std::string> names, bool make, folder_fn then);
  void make_folder(const ews_folder& parent, std::vector<std::string> names, folder_fn then);
  void finish_open(const done_fn<opened_mailbox>& done, const ews_message& folder);
  void subscribe(std::function<void(result<void>)> then);

  // Lists and mails: ews_list.cpp, ews_fetch.cpp, ews_pieces.cpp.
  void ask_page(const std::shared_ptr<list_job>& j);
  void take_page(const std::shared_ptr<list_job>& j, ews_message page);
  void finish_list(const std::shared_ptr<list_job>& j);
  void pump_fetch(std::shared_ptr<fetch_job> j);
  bool start_batch(const std::shared_ptr<fetch_job>& j);
  static bool deliver_batch(fetch_job& j);
  void ask_batch(const std::shared_ptr<fetch_job>& j, const std::shared_ptr<fetch_batch>& b);
  void take_batch(const std::shared_ptr<fetch_job>& j, const std::shared_ptr<fetch_batch>& b,
                  result<answer> got);
  void blame(const std::shared_ptr<fetch_job>& j, const std::shared_ptr<fetch_batch>& b, error why);
  static void sort_out(fetch_batch& b, const answer& messages);
  void take_pieces_end(const std::shared_ptr<pieces_job>& j, result<answer> got);
  void blame_pieces(const std::shared_ptr<pieces_job>& j, error why);
  void pump_pieces(const std::shared_ptr<pieces_job>& j);

  // Changes and news: ews_settle.cpp, ews_wait.cpp.
  void settle_next(const std::shared_ptr<settle_job>& j);
  void finish_settling(const std::shared_ptr<settle_job>& j);
  void settle_fewer(const std::shared_ptr<settle_job>& j, error why);
  static void note_settled(settle_job& j, std::size_t place, const ews_message& message);
  void take_settled(const std::shared_ptr<settle_job>& j, result<answer> got);
  void listen(const std::shared_ptr<wait_job>& j);
  void subscribe_anew(const std::shared_ptr<wait_job>& j);
  void subscription_lost(const std::shared_ptr<wait_job>& j);
  void hear(const std::shared_ptr<wait_job>& j, const std::string& envelope);
  void stream_ended(const std::shared_ptr<wait_job>& j, result<answer> got);
  void end_wait(std::shared_ptr<wait_job> j, result<wake> got);

  event_loop& loop_;
  inbound_settings settings_;
  const ews_wait_pauses pauses_;
  std::unique_ptr<ews_autodiscover> autodiscover_;
  std::unique_ptr<ews_requester> requester_;
  std::optional<error> ended_;  ///< why nothing works any more
  uint64_t stop_hook_ = 0;

  std::deque<job> waiting_;
  std::function<void(const error&)> current_;  ///< ends what is under way; null: nothing is
  bool starting_ = false;

  ews_folder folder_;  ///< the mailbox's, by id once opened
  bool opened_ = false;
  std::string position_;  ///< SyncState
  bool resumed_ = false;  ///< the position is of an earlier session, and nothing was listed since
  uint64_t last_uid_ = 0;
  std::string subscription_;  ///< empty: there is none, or the server forgot it
  bool can_wait_ = false;
  unsigned lost_in_a_row_ = 0;                          ///< subscriptions, without an event of any
  std::chrono::steady_clock::time_point subscribe_at_;  ///< not before
  std::shared_ptr<wait_job> waiting_for_news_;
  std::shared_ptr<fetch_job> fetching_;
};

}  // namespace postroom::channels
