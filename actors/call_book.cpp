#include "actors/call_book.hpp"

#include <algorithm>
#include <functional>

#include "partitions/mail_command.hpp"
#include "storage/keys.hpp"

namespace postroom::actors {
namespace keys = storage::keys;
using partitions::call_claim;
using partitions::claim_kind;

namespace {

/// Of long threads only the nearest mails are looked for.
constexpr std::size_t max_messages = 20;
constexpr std::size_t max_claims = 10;
constexpr std::size_t max_sent = 50;  // mails of ours about a call

template <class Record>
result<std::optional<Record>> read(const storage::unit_store& store, const std::string& key,
                                   const char* what) {
  auto bytes = store.get(key);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Record>{};
  std::optional<Record> out{std::in_place};
  if (!out->ParseFromString(**bytes))
    return fail(ec::corrupt_record, std::string{what} + " does not parse");
  return out;
}

/// The mails that a mail answers, the nearest first, each once.
std::vector<std::string> answered(const mail::parsed_mail& mail) {
  std::vector<std::string> out;
  auto add = [&](const std::string& id) {
    if (id.empty() || out.size() >= max_messages) return;
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  };
  if (mail.about) add(mail.about->original_message_id);
  add(mail.in_reply_to);
  for (auto id = mail.references.rbegin(); id != mail.references.rend(); ++id) add(*id);
  return out;
}

class collector {
 public:
  collector(call_book& book, const partitions::partition_model& model, const mail::reply_tags& tags,
            const mail::parsed_mail& mail)
      : book_(book), model_(model), tags_(tags), mail_(mail) {}

  result<std::vector<call_claim>> run() {
    for (const auto& reference : mail::find_references(mail_))
      if (auto r = add_signed(reference); !r) return r.error();
    for (const auto& id : answered(mail_))
      if (auto r = add_answered(id); !r) return r.error();
    if (auto r = add_subject(); !r) return r.error();
    return std::move(out_);
  }

 private:
  /// What names no partition of the node is no call, but another system's or somebody's word.
  result<void> add(claim_kind kind, const mail::call_name& name, std::string evidence) {
    if (!model_.is_partition(name.part)) return {};
    call_claim claim{kind, render_call(name.part, name.number), nullptr, std::move(evidence)};
    const bool known = std::ranges::any_of(
        out_, [&](const auto& c) { return c.kind == kind && c.named == claim.named; });
    if (known || out_.size() >= max_claims) return {};
    if (name.part == model_.id()) {
      auto call = book_.call(name.number);
      if (!call) return call.error();
      claim.call = *call;
    }
    out_.push_back(std::move(claim));
    return {};
  }

  result<void> add_signed(const mail::reply_reference& reference) {
    const bool own = reference.call.part == model_.id();
    if (own && tags_.check(reference, mail_.from.addr))
      return add(claim_kind::signed_for_sender, reference.call,
                 "it bears the reference that was sent to its sender");
    if (const auto* group = own ? signed_for_group(reference) : nullptr)
      return add(claim_kind::signed_for_group, reference.call,
                 "it bears the reference that was sent to the group " + *group);
    return add(claim_kind::message, reference.call,
               "it bears a reference that was not made for its sender");
  }

  /// Null: for none of those that the partition writes to, at most 1,000.
  const std::string* signed_for_group(const mail::reply_reference& reference) const {
    for (const auto& g : model_.config().group_addresses())
      if (tags_.check(reference, g.address())) return &g.group();
    return nullptr;
  }

  result<void> add_answered(const std::string& id) {
    auto ref = book_.message(id);
    if (!ref) return ref.error();
    if (!*ref || (*ref)->call() == 0) return {};
    return add(claim_kind::message, {model_.id(), call_number{(*ref)->call()}},
               (*ref)->outbox() != 0 ? "it answers a mail that was sent about the call"
                                     : "it answers a mail of the call");
  }

  result<void> add_subject() {
    for (const auto& named :
         partitions::calls_in_subject(model_.config().follow_ups(), model_.id(), mail_.subject))
      if (auto r = add(claim_kind::subject, named, "its subject names the call"); !r) return r;
    return {};
  }

  call_book& book_;
  const partitions::partition_model& model_;
  const mail::reply_tags& tags_;
  const mail::parsed_mail& mail_;
  std::vector<call_claim> out_;
};

}  // namespace

result<const record::v1::Call*> call_book::call(call_number n) {
  if (auto it = changed_.find(n.value); it != changed_.end()) return it->second.get();
  if (auto it = read_.find(n.value); it != read_.end()) return it->second.get();
  auto found = read<record::v1::Call>(store_, keys::call(n), "a call");
  if (!found) return found.error();
  if (!*found) return nullptr;
  auto kept = std::make_shared<const record::v1::Call>(std::move(**found));
  return read_.emplace(n.value, std::move(kept)).first->second.get();
}

result<std::optional<record::v1::MessageRef>> call_book::message(const std::string& id) {
  auto key = keys::message(id);
  if (auto it = messages_.find(key); it != messages_.end()) return std::optional{it->second};
  return read<record::v1::MessageRef>(store_, key, "what a Message-ID belongs to");
}

result<std::optional<record::v1::OutboxEntry>> call_book::outgoing(uint64_t id) const {
  return read<record::v1::OutboxEntry>(store_, keys::outbox(id), "an outbox entry");
}

result<std::vector<record::v1::OutboxEntry>> call_book::sent_about(call_number n) const {
  std::vector<std::string> wanted;
  auto scanned = store_.scan(
      keys::outbox_of(n),
      [&](std::string_view key, std::string_view) {
        wanted.push_back(keys::outbox(keys::trailing_u64(key)));
        return wanted.size() < max_sent;
      },
      true);
  if (!scanned) return scanned.error();
  auto got = store_.multi_get(wanted);
  if (!got) return got.error();
  std::vector<record::v1::OutboxEntry> out;
  for (const auto& bytes : *got)
    if (!bytes || !out.emplace_back().ParseFromString(*bytes))
      return fail(ec::corrupt_record, "an outbox entry does not parse");
  return out;
}

result<std::vector<record::v1::Call>> call_book::open_calls_of(person_id person, std::size_t most) {
  std::vector<std::string> wanted;
  auto scanned = store_.scan(
      keys::open_calls_of(person),
      [&](std::string_view key, std::string_view) {
        const call_number number{keys::trailing_u64(key)};
        if (!changed_.contains(number.value)) wanted.push_back(keys::call(number));
        return wanted.size() < most;
      },
      true);
  if (!scanned) return scanned.error();
  std::map<uint64_t, record::v1::Call, std::greater<>> found;
  for (const auto& key : wanted) {
    auto call = read<record::v1::Call>(store_, key, "a call");
    if (!call) return call.error();
    if (*call && partitions::is_open_call_of(**call, person.value))
      found.emplace((*call)->number(), std::move(**call));
  }
  for (const auto& [number, call] : changed_)
    if (partitions::is_open_call_of(*call, person.value)) found.emplace(number, *call);
  std::vector<record::v1::Call> out;
  for (auto& [number, call] : found)
    if (out.size() < most) out.push_back(std::move(call));
  return out;
}

void call_book::next_mail() {
  read_.clear();
  earlier_.clear();
}

void call_book::put(record::v1::Call call) {
  auto& slot = changed_[call.number()];
  if (slot) earlier_.push_back(std::move(slot));
  slot = std::make_shared<const record::v1::Call>(std::move(call));
}

void call_book::put_message(const std::string& id, const record::v1::MessageRef& ref) {
  if (!id.empty()) messages_[keys::message(id)] = ref;
}

result<std::vector<call_claim>> claims_of(call_book& book, const partitions::partition_model& model,
                                          const mail::reply_tags& tags,
                                          const mail::parsed_mail& mail) {
  return collector{book, model, tags, mail}.run();
}

// References of the mail that is answered are its writer's, and may name mails of ours.
result<std::optional<std::string>> answered_recipient(call_book& book,
                                                      const mail::parsed_mail& mail) {
  if (mail.in_reply_to.empty() && mail.references.empty()) return std::optional<std::string>{};
  auto ref = book.message(mail.in_reply_to.empty() ? mail.references.back() : mail.in_reply_to);
  if (!ref) return ref.error();
  if (!*ref || (*ref)->outbox() == 0) return std::optional<std::string>{""};
  auto sent = book.outgoing((*ref)->outbox());
  if (!sent) return sent.error();
  const bool known = *sent && (*sent)->recipients_size() > 0;
  return std::optional<std::string>{known ? (*sent)->recipients(0).address() : ""};
}

result<std::optional<record::v1::OutboxEntry>> reported_mail(call_book& book,
                                                             const mail::parsed_mail& mail) {
  for (const auto& id : answered(mail)) {
    auto ref = book.message(id);
    if (!ref) return ref.error();
    if (*ref && (*ref)->outbox() != 0) return book.outgoing((*ref)->outbox());
  }
  return std::optional<record::v1::OutboxEntry>{};
}

}  // namespace postroom::actors
