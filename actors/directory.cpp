#include "actors/directory.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "actors/directory_change.hpp"
#include "actors/directory_people.hpp"
#include "actors/errors.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"
#include "partitions/address_marks.hpp"
#include "partitions/people.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

namespace postroom::actors {
namespace keys = storage::keys;

namespace {

constexpr std::size_t max_requests_per_round = 64;

bool same(const record::v1::Person& a, const record::v1::Person& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}

}  // namespace

result<std::vector<record::v1::Person>> load_people(const storage::unit_store& store) {
  std::vector<record::v1::Person> out;
  bool broken = false;
  auto scanned =
      store.scan(keys::all_of(keys::kind::person), [&](std::string_view, std::string_view value) {
        record::v1::Person p;
        if (!p.ParseFromArray(value.data(), static_cast<int>(value.size())))
          broken = true;
        else
          out.push_back(std::move(p));
        return !broken;
      });
  if (!scanned) return scanned.error();
  if (broken) return fail(ec::corrupt_record, "a person in the directory does not parse");
  return out;
}

directory_actor::behavior_type directory(directory_state::pointer self, directory_args args) {
  return self->state.make_behavior(std::move(args));
}

directory_actor::behavior_type directory_state::make_behavior(directory_args args) {
  args_ = std::move(args);
  harden(self_);
  for (auto& p : args_.people) {
    next_id_ = std::max(next_id_, p.id() + 1);
    index(p, true);
    auto id = p.id();
    people_.emplace(id, std::move(p));
  }
  args_.people = {};
  return {
      [](completion& c) { (*c.run)(); },
      [this](drain) {
        draining_ = true;
        maybe_quit();
      },
      [this](resolve_request& r) -> caf::result<people_resolved> {
        auto promise = self_->make_response_promise<people_resolved>();
        enqueue({r.ask, nullptr, nullptr, promise});
        return promise;
      },
      [this](sync_people& s) -> caf::result<done_message> {
        auto promise = self_->make_response_promise<done_message>();
        enqueue({nullptr, s.model, nullptr, promise});
        return promise;
      },
      [this](person_request& r) -> caf::result<person_changed> {
        auto promise = self_->make_response_promise<person_changed>();
        enqueue({nullptr, nullptr, r.change, promise});
        return promise;
      },
      [this](marks_request& r) { return marks_of(r); },
  };
}

void directory_state::enqueue(pending p) {
  queue_.push_back(std::move(p));
  next_round();
}

void directory_state::next_round() {
  if (committing_ || queue_.empty()) return;
  before_.clear();
  audit_.reset();
  std::vector<std::pair<caf::response_promise, caf::message>> answers;
  while (!queue_.empty() && answers.size() < max_requests_per_round && !audit_) {
    auto p = std::move(queue_.front());
    queue_.pop_front();
    if (auto answer = answer_to(p))
      answers.emplace_back(p.promise, std::move(*answer));
    else
      p.promise.deliver(to_caf(answer.error()));
  }
  if (before_.empty()) return finish_round({}, std::move(answers));
  storage::write_batch batch;
  for (const auto& [id, old] : before_)
    batch.put(keys::person(person_id{id}), people_.at(id).SerializeAsString());
  committing_ = true;
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, batch = std::move(batch),
       entry = audit_]() mutable {
        return entry ? storage::audit::commit(storage::directory_unit, *store, owner,
                                              std::move(batch), std::move(*entry))
                     : store->commit(owner, std::move(batch));
      },
      [this, answers = std::move(answers)](result<void> r) mutable {
        finish_round(std::move(r), std::move(answers));
      });
}

void directory_state::finish_round(
    result<void> committed, std::vector<std::pair<caf::response_promise, caf::message>> answers) {
  committing_ = false;
  if (!committed) {
    log::error("directory_commit_failed", {{"error", committed.error().text()}});
    undo();
  }
  for (auto& [promise, answer] : answers) {
    if (committed)
      promise.deliver(std::move(answer));
    else
      promise.deliver(to_caf(committed.error()));
  }
  maybe_quit();
  next_round();
}

/// An error when nothing is to be changed for it.
result<caf::message> directory_state::answer_to(const pending& p) {
  if (p.ask) return caf::make_message(resolve(*p.ask));
  if (p.change) return change(*p.change);
  sync(*p.sync);
  return caf::make_message(done_message{});
}

result<caf::message> directory_state::change(const change_person& wanted) {
  const auto found = people_.find(wanted.person.value);
  if (found == people_.end() || found->second.partition() != wanted.partition.value)
    return fail(ec::not_found, "there is no person " + wanted.partition.value + "/" +
                                   std::to_string(wanted.person.value) +
                                   "; `postroom people list` shows everybody");
  std::vector<record::v1::Person> same_address;
  if (wanted.to)
    for (const auto& a : wanted.to->addresses())
      for (auto& p : with_address(partitions::fold_address(a)))
        same_address.push_back(std::move(p));
  auto next = changed_person(found->second, wanted, same_address);
  if (!next) return next.error();
  if (!same(*next, found->second)) {
    audit_ = audit_of(wanted, found->second, *next, args_.context->clock());
    store_person(*next);
  }
  return caf::make_message(
      person_changed{std::make_shared<const record::v1::Person>(std::move(*next))});
}

people_resolved directory_state::resolve(const resolve_people& ask) {
  auto senders = std::make_shared<std::vector<partitions::sender_resolution>>();
  for (const auto& entry : ask.senders) {
    auto found = candidates(ask, entry.from.address);
    const bool may_change = !ask.as_if;
    // Who writes can be reached, whichever of these the calls name. Marks are the partition's own.
    for (auto& p : found)
      if (entry.wrote && p.partition() == ask.partition.value &&
          clear_mark(p, partitions::fold_address(entry.from.address)) && may_change)
        store_person(p);
    auto r = partitions::resolve_sender(entry.from, found, ask.partition, args_.context->clock());
    if (r.changed() && may_change) r.person = store_person(std::move(r.person));
    senders->push_back(std::move(r));
  }
  auto analysts = std::make_shared<std::map<std::string, record::v1::Person>>();
  for (const auto& address : ask.analysts)
    for (auto& p : candidates(ask, address))
      if (p.partition() == ask.partition.value && p.analyst() && !p.template_())
        analysts->emplace(address, p);
  for (const auto& m : ask.marks) mark(ask.partition, m);
  auto persons = std::make_shared<std::map<uint64_t, record::v1::Person>>();
  for (const auto id : ask.persons)
    if (auto it = people_.find(id); it != people_.end()) persons->emplace(id, it->second);
  return {senders, analysts, persons};
}

marks_found directory_state::marks_of(const marks_request& r) const {
  auto out = std::make_shared<std::map<std::string, record::v1::AddressMark>>();
  for (const auto& address : *r.addresses)
    for (const auto& p : with_address(address))
      if (const auto* found = partitions::unreachable_mark(p, address);
          found != nullptr && p.partition() == r.partition.value)
        out->emplace(address, *found);
  return {std::move(out)};
}

void directory_state::mark(const partition_id& partition, const record::v1::AddressMark& mark) {
  for (auto& p : with_address(mark.address()))
    if (p.partition() == partition.value) store_person(with_mark(std::move(p), mark));
}

void directory_state::sync(const partitions::partition_model& model) {
  std::unordered_set<uint64_t> kept;
  auto by_name = without_their_addresses(model);
  for (const auto& c : model.config().people()) {
    record::v1::Person p;
    p.set_created_at(to_millis(args_.context->clock()));
    for (const auto& a : c.addresses())
      for (auto& candidate : with_address(partitions::fold_address(a)))
        if (candidate.partition() == model.id().value && p.id() == 0) p = candidate;
    if (const auto same_name = by_name.find(c.name()); p.id() == 0 && same_name != by_name.end()) {
      p = people_.at(same_name->second);
      by_name.erase(same_name);
    }
    auto old = p;
    take_config(p, c, model);
    if (p.id() == 0 || !same(old, p)) p = store_person(std::move(p));
    kept.insert(p.id());
  }
  std::vector<record::v1::Person> gone;
  for (const auto& [id, p] : people_)
    if (p.from_config() && p.partition() == model.id().value && !kept.contains(id))
      gone.push_back(p);
  for (auto& p : gone) {  // their calls still refer to them
    p.set_from_config(false);
    p.set_analyst(false);
    p.set_active(false);
    store_person(std::move(p));
  }
}

std::vector<record::v1::Person> directory_state::candidates(const resolve_people& ask,
                                                            const std::string& address) const {
  auto folded = partitions::fold_address(address);
  auto found = with_address(folded);
  if (ask.own_only)
    std::erase_if(found, [&](const auto& p) { return p.partition() != ask.partition.value; });
  return ask.as_if ? people_as_if(std::move(found), folded, *ask.as_if) : found;
}

/// Who stood in the configuration with addresses that nobody has there any more: a pattern without
/// any, or somebody whose addresses all changed. They are known again by their name.
std::map<std::string, uint64_t> directory_state::without_their_addresses(
    const partitions::partition_model& model) const {
  std::set<std::string> claimed;
  for (const auto& c : model.config().people())
    for (const auto& a : c.addresses()) claimed.insert(partitions::fold_address(a));
  std::map<std::string, uint64_t> out;
  for (const auto& [id, p] : people_) {
    if (!p.from_config() || p.partition() != model.id().value) continue;
    const bool known = std::any_of(p.addresses().begin(), p.addresses().end(), [&](const auto& a) {
      return claimed.contains(partitions::fold_address(a));
    });
    if (!known) out.emplace(p.name(), id);
  }
  return out;
}

std::vector<record::v1::Person> directory_state::with_address(const std::string& folded) const {
  std::vector<record::v1::Person> out;
  auto [first, last] = by_address_.equal_range(folded);
  for (; first != last; ++first) out.push_back(people_.at(first->second));
  return out;
}

record::v1::Person& directory_state::store_person(record::v1::Person p) {
  if (p.id() == 0) p.set_id(next_id_++);
  auto id = p.id();
  auto it = people_.find(id);
  if (it == people_.end()) {
    before_.emplace(id, std::nullopt);
  } else {
    before_.emplace(id, it->second);
    index(it->second, false);
  }
  index(p, true);
  return people_[id] = std::move(p);
}

void directory_state::index(const record::v1::Person& p, bool add) {
  for (const auto& a : p.addresses()) {
    auto folded = partitions::fold_address(a);
    if (add) {
      by_address_.emplace(folded, p.id());
      continue;
    }
    auto [first, last] = by_address_.equal_range(folded);
    auto it = std::find_if(first, last, [&](const auto& e) { return e.second == p.id(); });
    if (it != last) by_address_.erase(it);
  }
}

void directory_state::undo() {
  for (auto& [id, old] : before_) {
    index(people_.at(id), false);
    if (old) {
      index(*old, true);
      people_[id] = *old;
    } else {
      people_.erase(id);
      // What reached the disk is unknown: the next try overwrites it under the same id.
      next_id_ = std::min(next_id_, id);
    }
  }
}

void directory_state::maybe_quit() {
  if (draining_ && !committing_ && queue_.empty()) self_->quit(caf::exit_reason::user_shutdown);
}

}  // namespace postroom::actors
