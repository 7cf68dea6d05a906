#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/context.hpp"
#include "actors/interfaces.hpp"

namespace postroom::actors {

struct directory_args {
  context_ptr context;
  std::shared_ptr<storage::unit_store> store;
  epoch owner;
  std::vector<record::v1::Person> people;  ///< all that the store holds
};

/// Reads every person of the store; for the start.
result<std::vector<record::v1::Person>> load_people(const storage::unit_store& store);

/// Knows all people of the node, by address, in memory (about 400 bytes each); creates Users from
/// mails and switches User flags on, each change on disk before the answer. One commit is under way
/// at a time, with all requests that wait. Never blocks. Dies: only of a bug; then the node stops,
/// because no partition can work without it. A failed commit is answered with its error and leaves
/// no trace in memory. Logs: info on people created from the configuration.
class directory_state {
 public:
  using pointer = directory_actor::stateful_pointer<directory_state>;
  static inline constexpr const char* name = "postroom.directory";
  explicit directory_state(pointer self) : self_(self) {}
  directory_actor::behavior_type make_behavior(directory_args args);

 private:
  struct pending {
    std::shared_ptr<const resolve_people> ask;                // either this
    std::shared_ptr<const partitions::partition_model> sync;  // or this
    std::shared_ptr<const change_person> change;              // or this
    caf::response_promise promise;
  };
  void enqueue(pending p);
  void next_round();
  people_resolved resolve(const resolve_people& ask);
  marks_found marks_of(const marks_request& r) const;
  void mark(const partition_id& partition, const record::v1::AddressMark& mark);
  void sync(const partitions::partition_model& model);
  std::map<std::string, uint64_t> without_their_addresses(
      const partitions::partition_model& model) const;
  result<caf::message> change(const change_person& wanted);
  result<caf::message> answer_to(const pending& p);
  void finish_round(result<void> committed,
                    std::vector<std::pair<caf::response_promise, caf::message>> answers);
  std::vector<record::v1::Person> candidates(const resolve_people& ask,
                                             const std::string& address) const;
  std::vector<record::v1::Person> with_address(const std::string& folded) const;
  record::v1::Person& store_person(record::v1::Person p);
  void index(const record::v1::Person& p, bool add);
  void undo();
  void maybe_quit();

  pointer self_;
  directory_args args_;
  std::unordered_map<uint64_t, record::v1::Person> people_;
  std::unordered_multimap<std::string, uint64_t> by_address_;
  uint64_t next_id_ = 1;
  std::deque<pending> queue_;
  std::map<uint64_t, std::optional<record::v1::Person>>
      before_;                                   // what this round changed; nothing: was not there
  std::optional<record::v1::AuditEntry> audit_;  // of this round, which ends with it
  bool committing_ = false;
  bool draining_ = false;
};

directory_actor::behavior_type directory(directory_state::pointer self, directory_args args);

}  // namespace postroom::actors
