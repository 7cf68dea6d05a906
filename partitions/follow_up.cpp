#include "partitions/follow_up.hpp"

#include <algorithm>
#include <optional>

#include "mail/reply_subject.hpp"

namespace postroom::partitions {

namespace {

constexpr int max_participants = 200;
constexpr duration default_reopen_within{30LL * 86'400'000};
/// A hostile subject and its references can name very many.
constexpr std::size_t max_related = 5;

bool is_same_person(const record::v1::Call& call, const record::v1::Person& p) {
  if (p.id() != 0 && (p.id() == call.user().person() || p.id() == call.logging_analyst().person()))
    return true;
  return std::ranges::any_of(p.addresses(),
                             [&](const auto& a) { return takes_part(call, fold_address(a)); });
}

/// How the sender takes part in a call, to go on behind the evidence; none: they do not. An address
/// that is proved wrong speaks for itself at most, not for the person who has it.
std::optional<std::string> part_in(const record::v1::Call& call, const reply& mail) {
  if (takes_part(call, mail.sender)) return "";
  if (mail.person == nullptr || mail.trust == mail::trust::unaligned) return {};
  const auto& p = *mail.person;
  if (is_same_person(call, p)) return ", and its sender takes part in it by another address";
  const bool is_analyst = p.analyst() && p.active() && p.partition() == call.partition();
  if (mail.trust != mail::trust::aligned || !is_analyst) return {};
  return ", and its sender is an analyst of the partition";
}

/// Why a claim does not count; empty: it counts.
std::string objection(const call_claim& claim, const reply& mail) {
  if (claim.call == nullptr) return "it is no call of this partition";
  if (claim.kind == claim_kind::signed_for_sender) return {};
  if (claim.kind != claim_kind::signed_for_group && !part_in(*claim.call, mail))
    return "the sender takes no part in it";
  if (mail.trust == mail::trust::unaligned) return "the sender's address is not proved";
  return {};
}

std::string evidence_of(const call_claim& claim, const reply& mail) {
  const bool is_signed =
      claim.kind == claim_kind::signed_for_sender || claim.kind == claim_kind::signed_for_group;
  return claim.evidence + (is_signed ? "" : part_in(*claim.call, mail).value_or(""));
}

void relate(follow_up& out, const call_claim& claim, const std::string& why) {
  const bool there = std::ranges::any_of(
      out.related, [&](const auto& link) { return link.call() == claim.named; });
  if (there || out.related.size() >= max_related) return;
  auto& link = out.related.emplace_back();
  link.set_call(claim.named);
  link.set_why(claim.evidence + ", but " + why);
}

bool may_reopen(const record::v1::Call& call, const config::v1::FollowUps& settings,
                time_point now) {
  if (settings.closed() == "new_call") return false;
  return now - from_millis(call.closed_at()) <= reopen_within(settings);
}

}  // namespace

duration reopen_within(const config::v1::FollowUps& settings) {
  auto given = parse_duration(settings.reopen_within());
  return settings.reopen_within().empty() || !given ? default_reopen_within : *given;
}

bool takes_part(const record::v1::Call& call, const std::string& folded) {
  if (folded.empty()) return false;
  return fold_address(call.user().address()) == folded ||
         fold_address(call.logging_analyst().address()) == folded ||
         std::ranges::find(call.participants(), folded) != call.participants().end();
}

void add_participants(record::v1::Call& call, const mail::parsed_mail& mail,
                      const partition_model& model) {
  auto add = [&](const mail::address& a) {
    const auto folded = fold_address(a.addr);
    if (call.participants_size() >= max_participants || model.is_own(folded)) return;
    if (!takes_part(call, folded) && !folded.empty()) call.add_participants(folded);
  };
  add(mail.from);
  for (const auto& a : mail.to) add(a);
  for (const auto& a : mail.cc) add(a);
}

follow_up choose_call(const std::vector<call_claim>& claims, const reply& mail,
                      const config::v1::FollowUps& settings) {
  follow_up out;
  const call_claim* best = nullptr;
  for (const auto& claim : claims) {
    if (const auto why = objection(claim, mail); !why.empty())
      relate(out, claim, why);
    else if (best == nullptr || claim.kind < best->kind)
      best = &claim;
  }
  if (best == nullptr) return out;
  const bool closed = best->call->state() == record::v1::CLOSED;
  if (closed && !may_reopen(*best->call, settings, mail.now)) {
    relate(out, *best, "that call is closed");
    return out;
  }
  out = {closed ? follow_up::kind::reopen : follow_up::kind::update,
         best->call,
         "The mail belongs to call " + best->named + ": " + evidence_of(*best, mail) + ".",
         {}};
  return out;
}

std::vector<mail::call_name> calls_in_subject(const config::v1::FollowUps& settings,
                                              const partition_id& own, std::string_view subject) {
  std::vector<mail::call_name> out;
  const auto form =
      mail::reply_subject::make(settings.subject().empty() ? "[{call}]" : settings.subject());
  if (!form) return out;
  for (const auto& found : form->find(subject))
    out.push_back({found.part.value_or(own), found.number});
  return out;
}

}  // namespace postroom::partitions
