#include "app/routing_rules.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "actors/ingest.hpp"
#include "actors/poller_plan.hpp"
#include "actors/reprocess.hpp"
#include "actors/stored_mail.hpp"
#include "app/admin_find.hpp"
#include "app/trials_common.hpp"
#include "partitions/routing.hpp"

namespace postroom::app {

namespace {

using namespace admin::v1;
using access::caller;
using hit_table = std::map<std::string, record::v1::RuleHits>;
using partitions::handling;

constexpr std::size_t max_hits_read = 10'000;

result<open_unit> unit_of(const trials_backend& backend, const std::string& partition,
                          const caller& who) {
  return find_unit(visible(backend.units, who, {IPK_SETUP}), partition);
}

/// Those of the rules, in their order, then the others.
template <class Rules>
void add_in_order(const Rules& rules, hit_table hits,
                  google::protobuf::RepeatedPtrField<record::v1::RuleHits>& out) {
  for (const auto& r : rules) {
    auto& of_rule = hits[r.name()];
    of_rule.set_rule(r.name());
    *out.Add() = std::move(of_rule);
    hits.erase(r.name());
  }
  for (auto& [name, of_rule] : hits) *out.Add() = std::move(of_rule);
}

result<hit_table> read_hits(const storage::unit_store& store) {
  hit_table out;
  std::size_t left = max_hits_read;
  const auto read = store.scan(storage::keys::all_of(storage::keys::kind::rule_hits),
                               [&](std::string_view, std::string_view value) {
                                 record::v1::RuleHits one;
                                 const auto size = static_cast<int>(value.size());
                                 if (one.ParseFromArray(value.data(), size))
                                   out[one.rule()] = std::move(one);
                                 return --left > 0;
                               });
  if (!read) return read.error();
  return out;
}

std::string becomes(const handling& h, bool is_notice) {
  switch (h.what) {
    case handling::kind::suppress:
      return actors::ingest::outcome_name(record::v1::SUPPRESSED, h.reason);
    case handling::kind::quarantine:
      return actors::ingest::outcome_name(record::v1::QUARANTINED, h.reason);
    case handling::kind::call:
      break;
  }
  return is_notice ? "notice" : actors::ingest::outcome_name(record::v1::LOGGED, {});
}

void add_actions(const handling& h, TryRulesResponse::Mail& row) {
  row.set_template_(h.call_template.value);
  row.set_impact(h.impact.value);
  row.set_urgency(h.urgency.value);
  row.set_group(h.group.value);
  row.mutable_tags()->Assign(h.tags.begin(), h.tags.end());
  row.mutable_forward()->Assign(h.forward.begin(), h.forward.end());
  row.set_stopped_by(h.stopped_by);
}

/// Goes through stored mails from the newest on.
class rules_trial {
 public:
  rules_trial(const trials_backend& backend, const open_unit& unit,
              const partitions::partition_model& model, const caller& who,
              const rules_trial_limits& limits)
      : backend_(backend),
        unit_(unit),
        model_(model),
        who_(who),
        bytes_left_(limits.bytes),
        until_(std::chrono::steady_clock::now() + limits.time) {}

  result<void> run(uint32_t mails, TryRulesResponse& out) {
    page_query query{storage::keys::kind::mail, unit_.part.value};
    reverse_reader reader{unit_, query, UINT64_MAX, mails};
    while (out.looked_at() < mails && std::chrono::steady_clock::now() < until_) {
      const auto row = reader.front();
      if (!row) return row.error();
      if (!*row) break;
      const auto goes_on = take(**row, out);
      if (!goes_on) return goes_on.error();
      if (!*goes_on) break;
      reader.pop();
    }
    add_in_order(model_.config().rules(), std::move(hits_), *out.mutable_hits());
    return {};
  }

 private:
  /// False: this mail is more than may still be read.
  result<bool> take(const stored_row& row, TryRulesResponse& out) {
    record::v1::Mail mail;
    if (!mail.ParseFromString(row.value)) {
      report_unreadable(row);
      return true;
    }
    if (mail.chunks() == 0) return true;  // its bytes were not kept
    const auto server = server_of(mail.key());
    if (mail.size() > actors::plan::settings_of(server).max_mail_bytes) return true;
    if (mail.size() > bytes_left_) return false;
    bytes_left_ -= mail.size();
    auto raw = actors::read_raw(*unit_.store, mail, "mail " + std::to_string(mail.id()));
    if (!raw) return raw.error();
    out.set_looked_at(out.looked_at() + 1);
    if (auto done = try_one(mail, server, std::move(*raw), out); !done) return done.error();
    return true;
  }

  result<void> try_one(const record::v1::Mail& mail, const config::v1::IncomingServer& server,
                       std::shared_ptr<const std::string> raw, TryRulesResponse& out) {
    const auto item = actors::reprocess::to_item(mail.key(), raw, mail.size(), server,
                                                 backend_.clock(), *backend_.notes);
    crash_notes::in_hand guard{actors::ingest::render_key(item.key)};
    const auto handled = actors::ingest::handle(model_, server, item);
    if (!handled || handled->rules.empty()) return {};
    partitions::add_hits(hits_, *handled, from_millis(mail.stored_at()));
    return add(mail, item, *handled, out);
  }

  result<void> add(const record::v1::Mail& mail, const actors::mail_item& item,
                   const handling& handled, TryRulesResponse& out) {
    const auto right = right_to_read(*unit_.store, mail_id{mail.id()});
    if (!right) return right.error();
    auto& row = *out.add_mails();
    row.set_mail(mail.id());
    if (who_.may(*right, unit_.part.value)) row.set_subject(item.parsed->subject);
    row.mutable_rules()->Assign(handled.rules.begin(), handled.rules.end());
    row.set_becomes(becomes(handled, item.what == actors::mail_item::kind::notice));
    add_actions(handled, row);
    return {};
  }

  /// Of a server that is configured away nothing is known but its name.
  [[nodiscard]] config::v1::IncomingServer server_of(const record::v1::MailKey& key) const {
    if (const auto* known = model_.incoming(key.mailbox())) return *known;
    config::v1::IncomingServer gone;
    gone.set_name(key.mailbox());
    return gone;
  }

  const trials_backend& backend_;
  const open_unit& unit_;
  const partitions::partition_model& model_;
  const caller& who_;
  uint64_t bytes_left_;
  std::chrono::steady_clock::time_point until_;
  hit_table hits_;
};

}  // namespace

result<ListRuleHitsResponse> list_rule_hits(const trials_backend& backend,
                                            const ListRuleHitsRequest& request, const caller& who) {
  const auto saved = find_partition(backend, request.partition());
  if (!saved) return saved.error();
  const auto unit = unit_of(backend, request.partition(), who);
  if (!unit) return unit.error();
  auto hits = read_hits(*unit->store);
  if (!hits) return hits.error();
  ListRuleHitsResponse out;
  add_in_order(saved->partition.rules(), std::move(*hits), *out.mutable_hits());
  return out;
}

result<TryRulesResponse> try_rules(const trials_backend& backend, const TryRulesRequest& request,
                                   const caller& who, const rules_trial_limits& limits) {
  auto saved = find_partition(backend, request.partition());
  if (!saved) return saved.error();
  const auto pass = backend.gate->enter(request.partition());
  if (!pass) return pass.error();
  TryRulesResponse out;
  if (!request.rules().empty()) {
    *saved->partition.mutable_rules() = request.rules();
    for (auto& p : problems_of(saved->partition, saved->settings, who))
      *out.add_problems() = std::move(p);
  }
  if (out.problems_size() > 0) return out;
  const auto unit = unit_of(backend, request.partition(), who);
  if (!unit) return unit.error();
  const partitions::partition_model model(saved->partition, saved->settings.general(), 0);
  const auto mails = request.mails() == 0
                         ? rules_trial_limits::default_mails
                         : std::min(request.mails(), rules_trial_limits::max_mails);
  rules_trial trial(backend, *unit, model, who, limits);
  if (auto done = trial.run(mails, out); !done) return done.error();
  return out;
}

void register_rules(guarded_server& server, trials_backend backend) {
  const auto b = std::make_shared<const trials_backend>(std::move(backend));
  server.add<ListRuleHitsRequest, ListRuleHitsResponse>(
      "postroom.admin.v1.PartitionsService/ListRuleHits",
      [b](const auto& r, const auto& who) { return list_rule_hits(*b, r, who); });
  server.add<TryRulesRequest, TryRulesResponse>(
      "postroom.admin.v1.PartitionsService/TryRules",
      [b](const auto& r, const auto& who) { return try_rules(*b, r, who); });
}

}  // namespace postroom::app
