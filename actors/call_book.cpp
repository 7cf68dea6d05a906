#include "actors/call_book.hpp"

#include <algorithm>

#include "mail/reply_subject.hpp"
#include "storage/keys.hpp"

namespace postroom::actors {
namespace keys = storage::keys;
using partitions::call_claim;
using partitions::claim_kind;

namespace {

/// Of long threads only the nearest mails are looked for.
constexpr std::size_t max_messages = 20;
constexpr std::size_t max_claims = 10;
constexpr std::size_t max_sent = 50;           // mails of ours about a call
constexpr std::size_t max_looked_at = 20'000;  // calls of a summary

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
  result<void> add(claim_kind kind, const mail::call_name& name, std::string evidence) {
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
    const bool ours = reference.call.part == model_.id() && tags_.check(reference, mail_.from.addr);
    return add(ours ? claim_kind::signed_for_sender : claim_kind::message, reference.call,
               ours ? "it bears the reference that was sent to its sender"
                    : "it bears a reference that was not made for its sender");
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
    const auto& pattern = model_.config().follow_ups().subject();
    auto subject =
        mail::reply_subject::make(pattern.empty() ? partitions::default_call_subject : pattern);
    if (!subject) return {};  // the configuration was checked
    auto found = subject->find(mail_.subject);
    if (!found) return {};
    return add(claim_kind::subject, {found->part.value_or(model_.id()), found->number},
               "its subject names the call");
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

result<std::vector<record::v1::Call>> call_book::newest(
    const std::function<bool(const record::v1::Call&)>& wanted, std::size_t most) {
  std::map<uint64_t, record::v1::Call, std::greater<>> found;
  std::size_t looked_at = 0;
  auto scanned = store_.scan(
      keys::all_of(keys::kind::call),
      [&](std::string_view key, std::string_view value) {
        record::v1::Call call;
        if (!changed_.contains(keys::trailing_u64(key)) &&
            call.ParseFromArray(value.data(), static_cast<int>(value.size())) && wanted(call))
          found.emplace(call.number(), std::move(call));
        return found.size() < most && ++looked_at < max_looked_at;
      },
      true);
  if (!scanned) return scanned.error();
  for (const auto& [number, call] : changed_)
    if (wanted(*call)) found.emplace(number, *call);
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
