#include <utility>

#include "actors/call_book.hpp"
#include "actors/ingest.hpp"
#include "actors/poller_plan.hpp"
#include "actors/returned_mail.hpp"
#include "actors/scanning.hpp"
#include "partitions/mail_command.hpp"
#include "partitions/outgoing.hpp"
#include "partitions/routing.hpp"
#include "storage/keys.hpp"

/// What is known of the mails of a round before they are decided.
namespace postroom::actors::ingest {
namespace keys = storage::keys;
using record::v1::MailKey;

namespace {

template <class Record>
result<Record> parse_record(const std::string& bytes, const char* what) {
  Record out;
  if (!out.ParseFromString(bytes))
    return fail(ec::corrupt_record, std::string{what} + " does not parse");
  return out;
}

/// Only an id that this partition has given away, in the very mail it was given to, marks a probe:
/// everybody can write the header. Such mails are rare, so one more read of the store is.
result<std::optional<record::v1::Probe>> find_probe(const storage::unit_store& store,
                                                    const mail_item& item) {
  std::optional<record::v1::Probe> none;
  if (!item.parsed || item.parsed->probe.empty()) return none;
  auto got = store.get(keys::probe(item.parsed->probe));
  if (!got) return got.error();
  if (!*got) return none;
  auto probe = parse_record<record::v1::Probe>(**got, "a probe");
  if (!probe) return probe.error();
  const bool ours = probe->message_id() == item.parsed->message_id;
  if (!ours || to_millis(item.seen_at) >= probe->expires_at()) return none;
  return std::optional{std::move(*probe)};
}

class looker {
 public:
  looker(const storage::unit_store& store, const partitions::partition_model& model,
         const partition_keys& own)
      : store_(store), model_(model), own_(own), book_(store) {}

  result<looked_up> run(const batches& taken,
                        std::map<std::string, record::v1::MailboxState> boxes) {
    if (auto r = read_entries(taken); !r) return r.error();
    for (const auto& b : taken) {
      auto& row = out_.mails.emplace_back();
      for (const auto& item : b->items) {
        auto k = look(*b, item);
        book_.next_mail();
        if (!k) return k.error();
        row.push_back(std::move(*k));
      }
      if (boxes.contains(b->mailbox.value)) continue;
      auto state = read_box(b->mailbox);
      if (!state) return state.error();
      boxes.emplace(b->mailbox.value, std::move(*state));
    }
    out_.boxes = std::move(boxes);
    return std::move(out_);
  }

 private:
  result<void> read_entries(const batches& taken) {
    for (const auto& b : taken)
      for (const auto& item : b->items) {
        wanted_.push_back(keys::ledger(item.key));
        wanted_.push_back(keys::dedupe(item.content_hash));
      }
    auto got = store_.multi_get(wanted_);
    if (!got) return got.error();
    got_ = std::move(*got);
    return {};
  }

  result<record::v1::MailboxState> read_box(const mailbox_id& box) const {
    auto state = store_.get(keys::mailbox(box));
    if (!state) return state.error();
    return parse_record<record::v1::MailboxState>(state->value_or(""), "a mailbox state");
  }

  result<known> look(const mail_batch& b, const mail_item& item) {
    known k;
    const auto at = std::exchange(at_, at_ + 2);
    if (auto r = find_outcome(item, at, k); !r) return r.error();
    if (auto r = find_copy(item, got_[at + 1], k); !r) return r.error();
    auto probe = find_probe(store_, item);
    if (!probe) return probe.error();
    k.probe = std::move(*probe);
    if (k.has_outcome || k.duplicate_of || k.probe || !item.parsed) return k;
    if (auto r = find_calls(b, item, k); !r) return r.error();
    return k;
  }

  result<void> find_outcome(const mail_item& item, std::size_t at, known& k) {
    const auto& entry = got_[at];
    auto [same_key, is_first] = first_of_this_round_.emplace(wanted_[at], item.staged);
    k.has_outcome = (entry.has_value() && !item.stored.value) || !is_first;
    if (entry && item.staged.value != 0) {
      auto outcome = parse_record<record::v1::LedgerEntry>(*entry, "a ledger entry");
      if (!outcome) return outcome.error();
      k.kept = mail_id{outcome->mail()};
    } else if (!is_first) {
      k.kept = same_key->second;
    }
    return {};
  }

  result<void> find_copy(const mail_item& item, const std::optional<std::string>& earlier,
                         known& k) {
    const bool is_looked_for = !item.content_hash.empty() && !item.accepted;
    if (k.has_outcome || !is_looked_for || item.what == mail_item::kind::suppress) return {};
    if (earlier) {
      auto key = parse_record<MailKey>(*earlier, "a dedupe record");
      if (!key) return key.error();
      if (!item.stored.value || render_key(*key) != render_key(item.key)) k.duplicate_of = *key;
    } else if (auto [it, first] = in_this_round_.emplace(item.content_hash, item.key); !first) {
      k.duplicate_of = it->second;
    }
    return {};
  }

  /// The rules' word, and whom to ask the directory for.
  result<void> find_calls(const mail_batch& b, const mail_item& item, known& k) {
    const auto& model = model_.incoming(b.mailbox.value) ? model_ : *b.model;
    const bool decided = item.what == mail_item::kind::notice || item.what == mail_item::kind::call;
    if (decided && partitions::is_own_mail(own_.loop_mark, *item.parsed)) {
      auto sentence = tell_own(*item.parsed, model.id());
      if (!sentence) return sentence.error();
      k.handled.emplace();
      k.handled->what = partitions::handling::kind::suppress;
      k.handled->reason = "own";
      k.handled->detail = std::move(*sentence);
      return {};
    }
    k.handled = handle(model, *model.incoming(b.mailbox.value), item);
    if (!k.handled || k.handled->what != partitions::handling::kind::call) return {};
    if (item.what == mail_item::kind::notice) {
      auto reported = reported_mail(book_, *item.parsed);
      if (reported && !*reported) reported = returned_mail(book_, model, own_, *item.parsed);
      if (!reported) return reported.error();
      k.reported = std::move(*reported);
    } else if (auto r = find_answered(model, item, k); !r) {
      return r.error();
    }
    auto claims = claims_of(book_, model, own_.tags, *item.parsed);
    if (!claims) return claims.error();
    for (const auto& claim : *claims)
      if (claim.call != nullptr)
        out_.persons.insert({claim.call->user().person(), claim.call->logging_analyst().person()});
    return {};
  }

  result<void> find_answered(const partitions::partition_model& model, const mail_item& item,
                             known& k) {
    if (!partitions::has_keyword(model, *item.parsed)) return {};
    auto answers = answered_recipient(book_, *item.parsed);
    if (!answers) return answers.error();
    k.answers = std::move(*answers);
    return {};
  }

  /// Whose mail came back. A relay may have given it another Message-ID.
  result<std::string> tell_own(const mail::parsed_mail& mail, const partition_id& part) {
    std::string out = "one of this partition's own mails came back";
    auto known = book_.message(mail.message_id);
    if (!known) return known.error();
    if (*known && (*known)->outbox() != 0 && (*known)->call() != 0)
      out += "; it is about call " + render_call(part, call_number{(*known)->call()});
    return out;
  }

  const storage::unit_store& store_;
  const partitions::partition_model& model_;
  const partition_keys& own_;
  call_book book_;
  looked_up out_;
  std::vector<std::string> wanted_;
  std::vector<std::optional<std::string>> got_;
  std::size_t at_ = 0;
  std::map<std::string, MailKey> in_this_round_;
  // By ledger key, what is staged for the first of them: an offer that was repeated while it
  // waited.
  std::map<std::string_view, mail_id> first_of_this_round_;
};

}  // namespace

std::optional<partitions::handling> handle(const partitions::partition_model& model,
                                           const config::v1::IncomingServer& server,
                                           const mail_item& item) {
  const bool notice = item.what == mail_item::kind::notice;
  if (!item.parsed || (!notice && item.what != mail_item::kind::call)) return std::nullopt;
  const auto believed = plan::trust_of(server);
  std::vector<std::string> tags;
  if (auto tag = scanning::tag_of(item.scan)) tags.push_back(std::move(*tag));
  const auto header = item.raw ? mail::header_of(*item.raw) : std::string{};
  return partitions::route({model, server, *item.parsed, header, item.bytes(), item.trust, believed,
                            std::move(tags), notice, item.accepted});
}

result<looked_up> look_up(const storage::unit_store& store, const batches& taken,
                          std::map<std::string, record::v1::MailboxState> boxes,
                          const partitions::partition_model& model, const partition_keys& own) {
  return looker{store, model, own}.run(taken, std::move(boxes));
}

}  // namespace postroom::actors::ingest
