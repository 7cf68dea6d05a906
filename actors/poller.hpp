#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/byte_budget.hpp"
#include "actors/connection_breakers.hpp"
#include "actors/context.hpp"
#include "actors/errors.hpp"
#include "actors/interfaces.hpp"
#include "actors/mailbox_window.hpp"
#include "actors/poller_plan.hpp"
#include "actors/worker.hpp"
#include "base/digest.hpp"
#include "channels/scanner.hpp"
#include "partitions/scanning.hpp"

namespace postroom::actors {

struct poller_args {
  context_ptr context;
  std::shared_ptr<const partitions::partition_model> model;
  std::string server;  ///< name of the incoming server in the model
  std::shared_ptr<storage::unit_store> store;
  epoch owner;
  std::shared_ptr<byte_budget> budget;
  call_factory_actor factory;
  caf::actor_addr supervisor;
  std::function<void()> healthy;
  uint64_t restarts = 0;
  /// Of this mailbox; the supervisor keeps it from one life to the next.
  std::shared_ptr<connection_breakers> breakers = std::make_shared<connection_breakers>();
};

/// Reads one mailbox: lists what is new, fetches within its window, has mails parsed on the parse
/// pool and scanned for viruses where the partition wants it, hands them over to the call factory
/// in the server's order, and tells the server what to do with them once they are on disk. Runs on
/// the CAF scheduler; never blocks. Nothing on the server changes before the commit. Dies: any
/// channel error (unreachable, auth_refused, connection_lost, protocol_violation …; the supervisor
/// restarts or parks it), user_shutdown after a drain. A factory that fails or restarts is waited
/// for, not died of, unless pieces of a large mail were staged: a new factory has cleared them
/// away. Logs: info on open and drain, warn on each failure. Owns no durable state: the cursor is
/// part of the factory's commit.
class poller_state {
 public:
  using pointer = poller_actor::stateful_pointer<poller_state>;
  static inline constexpr const char* name = "postroom.poller";
  static inline constexpr std::chrono::seconds factory_deadline{60};
  static inline constexpr duration full_scan_interval{6 * 3'600'000};
  explicit poller_state(pointer self) : self_(self) {}
  poller_actor::behavior_type make_behavior(poller_args args);

 private:
  // connecting
  void on_state(result<record::v1::MailboxState> r);
  void connect();
  void on_opened(result<channels::opened_mailbox> r);
  void begin_now();
  void begin_elsewhere(plan::change what);
  void begin_anew(uint64_t validity);
  void note_place_of_mailbox();
  void start_session();
  void plan_full_scan();
  void on_pending_actions(result<std::vector<channels::listed_mail>> r);
  // finding
  struct place {
    uint64_t last = 0;     // of the mails listed before it
    std::string position;  // where the server takes the listing up again
  };
  [[nodiscard]] bool by(plan::addressing how) const { return plan_.addressing == how; }
  [[nodiscard]] uint64_t scan_start() const;
  void note_place(const channels::listing& page);
  void set_position(record::v1::MailboxState& cursor, uint64_t handed_over) const;
  void pass_places(uint64_t handed_over);
  void hold_back(uint64_t uid);
  void forget_listed();
  void compare();
  void on_lost_position(const error& e);
  void forget_position();
  void advance();
  void list_page();
  void on_page(result<channels::listing> r);
  void on_filtered(result<std::vector<plan::listed>> r);
  void end_of_scan();
  void end_of_comparison();
  void note_backlog(uint64_t mails);
  void mark_healthy();
  // fetching
  void fetch_more();
  [[nodiscard]] bool session_is_full(std::size_t about_to_ask = 0) const;
  void skip(const channels::listed_mail& mail);
  void ask_budget(std::vector<channels::listed_mail> group, uint64_t bytes);
  void fetch_group(std::vector<channels::listed_mail> group,
                   std::shared_ptr<byte_budget::lease> lease);
  void on_arrivals();
  void not_fetched(const plan::arrival& a);
  void postpone(const channels::listed_mail& mail, const error& why);
  void keep_back(const channels::listed_mail& mail, const error& why, time_point again_at);
  void leave_alone(const channels::listed_mail& mail, time_point until);
  void note_broken_at(const std::string& mail, const error& why);
  time_point kept_back_since(const channels::listed_mail& mail);
  void give_up(const channels::listed_mail& mail, const error& why);
  void parse(std::vector<plan::arrival> mails);
  // scanning
  struct scan_job {
    mail_item item;
    unsigned failures = 0;  // of the scanner, while it could be reached
  };
  void start_scanner();
  void on_parsed(mail_item item);
  void await_scan(scan_job job);
  void scan_more();
  void on_scanned(scan_job job, const result<channels::scan_verdict>& r);
  void take_unscanned(scan_job job, ec why);
  void scan_again_later(scan_job job, const error& why);
  void pause_scans();
  void ask_whose_fault(scan_job job, const error& why);
  void scanner_fails(const error& why);
  void scanner_answers();
  // large mails
  void fetch_large_next();
  void fetch_large();
  void reserve_large();
  void on_piece(std::shared_ptr<const std::string> piece, std::function<void()> next);
  void on_large_done(result<uint64_t> r);
  void drop_pieces(mail_id id);
  // handing over
  void on_new_factory(call_factory_actor factory);
  /// Asks the call factory. What one asked before a new one lives comes too late and is dropped.
  template <class Answer, class Question>
  void ask_factory(Question question, std::function<void(Answer&)> ok,
                   std::function<void(const error&)> refused) {
    self_->request(args_.factory, factory_deadline, std::move(question))
        .then(
            [this, life = factory_life_, ok = std::move(ok)](Answer& answer) {
              if (life == factory_life_) ok(answer);
            },
            [this, life = factory_life_, refused = std::move(refused)](caf::error& e) {
              if (life == factory_life_) refused(from_caf(e));
            });
  }
  /// Runs `fn` after a pause, unless a new factory lives by then.
  void later_of_factory(duration pause, std::function<void()> fn);
  void hand_over();
  void hand_over_cursor();
  void send_batch(std::vector<mail_item> items);
  void on_taken(const mail_batch& batch);
  void on_refused(const error& e);
  // afterwards
  void settle();
  void on_settled(std::vector<channels::listed_mail> mails, const error& failed);
  void action_refused(std::vector<channels::listed_mail> mails, const error& e);
  void forget_actions(std::vector<channels::listed_mail> mails);
  void stage(storage::write_batch batch);
  void rest();
  void on_wake(result<channels::wake> r);
  void end_session(duration pause);
  void stop_for(const error& e);
  void begin_drain();
  void quit(caf::error reason);
  void maybe_quit();
  void publish(const std::string& state);

  record::v1::MailKey key_of(const channels::listed_mail& mail) const;
  mail_item plain_item(const channels::listed_mail& mail, mail_item::kind what, std::string reason,
                       std::string detail) const;
  bool busy() const;
  /// A channel callback that runs `handler` as a handler of this actor.
  template <class T>
  std::function<void(result<T>)> back(void (poller_state::*handler)(result<T>)) {
    return [this, to = address_of(self_), handler](result<T> r) {
      auto got = std::make_shared<result<T>>(std::move(r));
      to.deliver([this, handler, got] { (this->*handler)(std::move(*got)); });
    };
  }

  pointer self_;
  poller_args args_;
  plan::settings plan_;
  std::unique_ptr<channels::inbound_channel> channel_;
  std::shared_ptr<plan::arrivals> arrivals_;
  record::v1::MailboxState cursor_;  // without outcomes
  channels::opened_mailbox opened_;
  mailbox_window window_{1, 1};
  std::deque<channels::listed_mail> todo_;  // listed, no outcome yet
  std::deque<place> places_;                // in listings under way, ascending
  std::optional<uint64_t> held_back_;  // no place from this mail on is passed: the server kept it
  time_point position_stored_at_{};
  std::vector<channels::listed_mail> unsettled_;  // on disk, the server is not told
  std::vector<channels::listed_mail> removed_at_quit_;
  uint64_t scan_at_ = 0;  // the next page lists uids above
  bool scan_done_ = true;
  bool full_scan_ = false;      // counts everything on the server against the ledger
  bool position_lost_ = false;  // and no listing has come to its end since
  bool compared_ = false;       // a full comparison has ended, what it found is under way
  uint64_t full_seen_ = 0, full_without_ = 0;
  time_point next_full_scan_{};
  bool page_out_ = false, handing_ = false, settling_ = false, waiting_ = false,
       fetching_large_ = false;
  std::size_t fetches_out_ = 0, parsing_ = 0;
  bool asking_budget_ = false, closing_ = false, draining_ = false, stopped_ = false,
       healthy_ = false;
  bool actions_refused_ = false;  // some, in this session; they stay on disk
  bool actions_stopped_ = false;  // the server refuses them all, as far as we know
  std::size_t refused_alone_ = 0;
  std::deque<std::vector<channels::listed_mail>> settle_again_;  // parts of a refused command
  time_point actions_again_at_{};
  bool cursor_stored_ = false;  // the store knows where this life began
  std::size_t session_mails_ = 0;
  std::set<std::string> postponed_;  // names of those it refused to give since the last comparison
  time_point ask_again_at_ = time_point::max();  // for them, by a comparison
  std::map<std::string, int64_t> kept_back_;     // likewise, since when at all
  bool handed_out_ = false;                      // the server does give some mails
  unsigned refusals_ = 0;
  unsigned postponed_rounds_ = 0;  // comparisons in a row that left a mail with the server
  std::size_t offered_ = 0;    // so many of the oldest mails in the window were, and may be on disk
  uint64_t factory_life_ = 0;  // answers and pauses of an earlier one are late
  std::chrono::steady_clock::time_point heard_at_{};
  // scanning
  std::optional<partitions::scan_settings> scan_;  // nothing: mails are not scanned
  std::shared_ptr<channels::mail_scanner> scanner_;
  std::deque<scan_job> to_scan_;  // ascending uid
  std::size_t scans_out_ = 0;
  unsigned scan_failures_ = 0;
  bool scan_paused_ = false, scanner_failing_ = false;
  ec scanner_away_ = ec::none;
  time_point scanner_away_until_{};  // until then it is not asked
  std::string other_error_;          // that the scanner's stands in the place of
  // the large mail under way
  std::deque<channels::listed_mail> large_waiting_;
  channels::listed_mail large_;
  mail_id large_id_;
  uint32_t large_chunks_ = 0;
  std::size_t pieces_out_ = 0;  // on their way into the store
  std::shared_ptr<sha256> large_hash_;
  admin::v1::MailboxStatus status_;
};

poller_actor::behavior_type poller(poller_state::pointer self, poller_args args);

}  // namespace postroom::actors
