#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/calls.hpp"
#include "actors/context.hpp"
#include "actors/ingest.hpp"
#include "actors/ingest_guards.hpp"
#include "actors/interfaces.hpp"
#include "actors/reprocess.hpp"
#include "channels/scanner.hpp"
#include "partitions/scanning.hpp"

namespace postroom::actors {

struct call_factory_args {
  context_ptr context;
  std::shared_ptr<const partitions::partition_model> model;
  std::shared_ptr<storage::unit_store> store;
  epoch owner;
  directory_actor directory;
  caf::actor_addr supervisor;
  std::function<void()> healthy;  ///< tells the supervisor that the first commit went through
};

/// Turns mails into calls: looks up what is known, resolves senders, decides and commits. Works in
/// rounds, one at a time: all mails that came in while the last commit was under way share the next
/// one (group commit). What a person discards from the quarantine or changes of a call is committed
/// between two rounds; what a person wants decided anew is a round of its own, before which it is
/// scanned anew.
/// Runs on the CAF scheduler; reads and commits on the store pool. Never
/// blocks. Dies: store_io, no_space, stale_epoch, corrupt_record after a failed commit, because
/// what is on disk is then unknown (the supervisor starts it anew with backoff, the mails stay on
/// the server); user_shutdown after a drain. Logs: error on a failed round. Owns the partition's
/// running numbers.
class call_factory_state {
 public:
  using pointer = call_factory_actor::stateful_pointer<call_factory_state>;
  static inline constexpr const char* name = "postroom.factory";
  explicit call_factory_state(pointer self) : self_(self) {}
  call_factory_actor::behavior_type make_behavior(call_factory_args args);

 private:
  struct waiting {
    std::shared_ptr<const mail_batch> batch;
    caf::response_promise promise;
  };
  struct asked {
    std::shared_ptr<const discard_mail> discard;
    caf::response_promise promise;
  };
  struct asked_change {
    std::shared_ptr<const change_call> change;
    caf::response_promise promise;
  };
  struct asked_probe {
    std::shared_ptr<const open_probe> probe;
    caf::response_promise promise;
  };
  struct asked_again {
    std::shared_ptr<const reprocess_mail> wanted;
    caf::response_promise promise;
    /// None: the mail was not scanned anew yet, or the partition has no scanner.
    std::optional<result<channels::scan_verdict>> verdict = {};
  };
  void on_loaded(result<ingest::loaded> r);
  void take(waiting w);
  void reserve();
  void on_reserved(caf::response_promise promise, result<void> r);
  caf::result<mail_discarded> take(discard_request& r);
  void next_discard();
  void on_discarded(caf::response_promise promise, result<record::v1::QuarantineEntry> r);
  caf::result<call_changed> take(change_call_request& r);
  void next_change();
  void ask_whom_to_tell(asked_change next, std::set<uint64_t> people);
  void change_call_now(asked_change next, std::map<uint64_t, record::v1::Person> people);
  void on_changed(asked_change next, result<calls::changed> r);
  void after_change();
  caf::result<done_message> take(probe_request& r);
  void next_probe();
  caf::result<mail_reprocessed> take(reprocess_request& r);
  void next_reprocess();
  void on_stored_mail(result<reprocess::stored_mail> r);
  void on_batch(std::shared_ptr<mail_batch> batch);
  void scan_again(std::shared_ptr<const std::string> raw);
  void on_scanned_again(uint64_t scan, result<channels::scan_verdict> r);
  void on_decided_again(ingest::again_result r);
  void use(std::shared_ptr<const partitions::partition_model> model);
  void begin_drain();
  void next_round();
  void begin_round();
  void take_waiting();
  void look_up();
  void on_looked_up(result<ingest::looked_up> r);
  void ask_for_people();
  void ask_for_command_users();
  void commit();
  void on_committed(result<ingest::round_result> r);
  void end_round();
  void fail_round(const error& e);
  void die(const error& e);
  void count(const ingest::round_result& r);
  void count(const ingest::limited& limits);
  void maybe_quit();

  pointer self_;
  call_factory_args args_;
  sender_actor sender_;
  bool loaded_ = false;
  bool busy_ = false;
  bool draining_ = false;
  ingest::counters numbers_;
  ingest::keys_ptr keys_;
  std::shared_ptr<ingest::guards> limits_;
  std::map<std::string, record::v1::MailboxState> boxes_;
  std::deque<waiting> queue_;
  std::deque<asked> discards_;
  std::deque<asked_change> changes_;
  std::deque<asked_probe> probes_;
  std::deque<asked_again> reprocesses_;
  std::optional<asked_again> again_;  // the one under way
  bool reprocessed_last_ = false;
  std::optional<partitions::scan_settings> scan_;  // nothing: mails are not scanned
  std::shared_ptr<channels::mail_scanner> scanner_;
  std::map<uint64_t, asked_again> being_scanned_;  // no round waits for the scanner
  uint64_t last_scan_ = 0;
  std::deque<caf::response_promise> reservations_;
  bool reserved_last_ = false;
  std::vector<waiting> current_;  // the round under way
  std::shared_ptr<ingest::round> round_;
  std::chrono::steady_clock::time_point round_started_;
};

call_factory_actor::behavior_type call_factory(call_factory_state::pointer self,
                                               call_factory_args args);

}  // namespace postroom::actors
