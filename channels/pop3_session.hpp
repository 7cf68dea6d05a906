#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/connection.hpp"
#include "channels/event_loop.hpp"
#include "channels/factory.hpp"
#include "channels/inbound.hpp"
#include "channels/pop3_listing.hpp"
#include "channels/pop3_parser.hpp"

namespace postroom::channels {

/// One POP3 connection on the loop thread, where all of its methods run. For channels/pop3*.cpp.
///
/// Commands wait in one queue, fly in a second (several when the server offers PIPELINING, up to a
/// bound in answer bytes) and are answered in order. A command without a line only keeps its place
/// in that order.
class pop3_session final : public connection::user,
                           public std::enable_shared_from_this<pop3_session> {
 public:
  pop3_session(event_loop& loop, inbound_settings settings);

  void open(done_fn<opened_mailbox> done);
  void list(uint64_t after, std::size_t max, done_fn<listing> done);
  void fetch(std::vector<listed_mail> mails, inbound_channel::on_mail_fn on_mail,
             done_fn<void> done);
  void fetch_in_pieces(listed_mail mail, inbound_channel::on_piece_fn on_piece,
                       done_fn<uint64_t> done);
  void settle(std::vector<listed_mail> mails, after_commit action, const std::string& folder,
              done_fn<void> done);
  void wait(duration at_most, done_fn<wake> done);
  void close(done_fn<void> done);

  /// Ends everything that is under way with this error and closes without QUIT. Idempotent.
  void stop(error why);

 private:
  using event = pop3_parser::event;
  using reply = pop3_parser::reply;

  struct command {
    std::string line;  ///< without CRLF; empty: nothing is sent
    reply shape = reply::line;
    std::size_t cost = 0;  ///< bytes of the answer, as far as known
    std::function<void(const event&)>
        on_event;  ///< each event of the answer; once, event::end, for no line
    std::function<void(const error&)> on_lost;  ///< instead of (the rest of) the answer
  };
  /// Runs when the mails are known (null) or cannot be (the error).
  using listed_fn = std::function<void(const error*)>;
  struct fetch_job;
  struct pieces_job;
  struct settle_job;

  // The engine: pop3_session.cpp.
  void on_ready() override;
  void on_bytes(std::string_view bytes) override;
  void on_broken(error why) override;
  void enqueue(command c);
  void pump();
  void run_turns();
  void process(std::string_view bytes);
  void handle(const event& e);
  void handle_unasked(const event& e);
  [[nodiscard]] error sign_in_error(error why) const;

  // What the commands mean: pop3_commands.cpp.
  void ask_capabilities();
  void ask_status();
  void on_status(std::string_view text);
  void finish_open(const error* why);
  void when_listed(listed_fn fn);
  void load_listing();
  void listing_loaded(const error* why);
  void remove(const std::shared_ptr<settle_job>& job, const listed_mail& mail);
  void say_quit(done_fn<void> done);
  /// Tells an outcome that needs no command, in its place between the commands.
  template <class T>
  void in_turn(done_fn<T> done, std::function<result<T>()> outcome) {
    auto on_event = [done, outcome](const event&) { done(outcome()); };
    enqueue({"", reply::line, 0, on_event, [done](const error& why) { done(why); }});
  }

  // How mails are taken in: pop3_fetch.cpp.
  void retrieve(const std::shared_ptr<fetch_job>& job, const listed_mail& mail);
  void take_mail(fetch_job& job, const listed_mail& mail, uint64_t allowance, const event& e);
  void add_to_mail(std::string_view bytes);
  void retrieve_in_pieces(const std::shared_ptr<pieces_job>& job);
  void take_piece(pieces_job& job, const event& e);
  void deliver_piece(pieces_job& job);
  void piece_taken(uint64_t serial);
  void drop_pieces(const error& why);

  event_loop& loop_;
  inbound_settings settings_;
  connection wire_;
  std::optional<error> ended_;  ///< why nothing works any more
  bool opened_ = false;         ///< open() was called
  bool signed_in_ = false;
  done_fn<opened_mailbox> open_done_;
  uint64_t stop_hook_ = 0;

  std::deque<std::shared_ptr<command>> waiting_, flying_;
  std::size_t flying_bytes_ = 0;
  pop3_parser parser_;
  std::string unread_;  ///< arrived while paused; at most one read of the connection
  bool paused_ = false;
  bool pumping_ = false;

  std::size_t capabilities_ = 0;
  bool offers_pipelining_ = false;
  bool offers_uidl_ = false;
  uint64_t messages_ = 0;

  enum class listing_state {
    unasked,
    loading,
    known,
    refused
  } listing_state_ = listing_state::unasked;
  pop3_listing listing_;
  std::optional<error> listing_error_;
  std::vector<listed_fn> awaiting_listing_;

  std::shared_ptr<std::string>
      mail_;                 ///< the one that is arriving; null when it is too large to keep
  uint64_t mail_keep_ = 0;   ///< how much of it is kept at most
  uint64_t mail_bytes_ = 0;  ///< of it so far, kept or not
  std::shared_ptr<pieces_job> pieces_;
};

}  // namespace postroom::channels
