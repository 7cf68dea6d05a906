#include "actors/ingest_mails.hpp"

#include <algorithm>

#include "actors/scanning.hpp"
#include "partitions/notify.hpp"
#include "partitions/outgoing.hpp"

namespace postroom::actors::ingest {

namespace {

using record::v1::OutboxEntry;

/// Why nothing goes back to who wrote the mail, before any text is looked for; empty: it may.
std::string refusal(const decision_input& in, const std::string& folded) {
  if (in.model.outgoing() == nullptr) return "the partition has no active outgoing server";
  if (in.silent) return "its sender is not proved";
  if (in.item.trust.kind == mail::trust::unaligned) return "its sender is not proved";
  if (auto may = partitions::may_answer(in.model, *in.item.parsed); !may.allowed) return may.reason;
  return in.limits == nullptr ? std::string{} : in.limits->answers.refusal(folded, in.now);
}

bool goes_to(const OutboxEntry& entry, const std::string& folded) {
  return partitions::fold_address(entry.recipients(0).address()) == folded;
}

partitions::outgoing_frame frame_of(const decision_input& in, call_number number,
                                    const std::string& suffix) {
  return {in.model, number, &in.keys.tags, in.keys.loop_mark, in.id_token + suffix, in.now};
}

/// Where a person looks for why the mail became what it is.
void add_note(decision& out, std::string note) {
  if (out.update)
    out.update->add_notes(std::move(note));
  else
    out.call->mutable_decision()->add_notes(std::move(note));
}

/// In the place of what the sender would get else. Neither its text nor its Message-ID names the
/// call: the address may be a victim's.
std::string answer_unproved(decision& out, const decision_input& in) {
  auto mail = partitions::answer_command(frame_of(in, {}, "-c"), *in.item.parsed,
                                         partitions::answer_unproved(in.model, out.is_new));
  if (!mail) return "Nothing is answered.";
  mail->set_call(out.call->number());
  if (in.limits != nullptr) in.limits->answers.take(in.sender, in.now);
  out.mails.push_back(std::move(*mail));
  return "Its sender is told that the command was not carried out.";
}

}  // namespace

record::v1::Person person_of(const std::map<uint64_t, record::v1::Person>& known,
                             const record::v1::PersonRef& ref) {
  if (auto it = known.find(ref.person()); it != known.end()) return it->second;
  record::v1::Person out;
  out.set_id(ref.person());
  out.set_name(ref.name());
  out.set_active(true);
  if (!ref.address().empty()) out.add_addresses(ref.address());
  return out;
}

std::string tell(decision& out, const decision_input& in, partitions::call_event what,
                 const record::v1::Person& user) {
  const auto analyst = person_of(in.persons, out.call->logging_analyst());
  const auto& folded = in.sender;
  const auto why_not = refusal(in, folded);
  partitions::notice n{in.model, what,     *out.call,           out.update ? &*out.update : nullptr,
                       user,     &analyst, in.item.parsed.get()};
  n.trust = in.item.trust.kind;
  n.tags = &in.keys.tags;
  n.loop_mark = in.keys.loop_mark;
  n.id_token = in.id_token;
  n.now = in.now;
  std::string said = why_not.empty() ? "there is no text for it" : why_not;
  std::vector<std::string> left_out;
  for (auto& entry : partitions::notify(n, &left_out)) {
    if (goes_to(entry, folded)) {
      if (!why_not.empty() || in.unproved) continue;
      if (in.limits != nullptr) in.limits->answers.take(folded, in.now);
      said.clear();
    }
    out.mails.push_back(std::move(entry));
  }
  for (auto& note : left_out) add_note(out, std::move(note));
  if (in.unproved && why_not.empty()) return answer_unproved(out, in);
  return said.empty() ? "Its sender is answered." : "Nothing is answered: " + said + ".";
}

void answer(decision& out, const decision_input& in, call_number number,
            const partitions::command_answer& text) {
  const auto& folded = in.sender;
  const auto why_not = refusal(in, folded);
  if (!why_not.empty()) {
    out.entry.add_notes("Nothing is answered: " + why_not + ".");
    return;
  }
  auto mail = partitions::answer_command(frame_of(in, number, "-c"), *in.item.parsed, text);
  if (!mail) return;
  if (in.limits != nullptr) in.limits->answers.take(folded, in.now);
  out.mails.push_back(std::move(*mail));
}

void forward(decision& out, const decision_input& in) {
  if (!in.found.handled || in.found.handled->forward.empty()) return;
  if (in.item.parsed->author.is_ours || in.model.outgoing() == nullptr) {
    out.entry.add_notes(in.model.outgoing() == nullptr
                            ? "It is not forwarded: the partition has no active outgoing server."
                            : "It is not forwarded: it is a mail of ours that came back.");
    return;
  }
  const auto& handled = *in.found.handled;
  if (std::ranges::find(handled.tags, scanning::infected) != handled.tags.end()) {
    out.entry.add_notes("It is not forwarded: it is tagged infected.");
    return;
  }
  const call_number about{out.call ? out.call->number() : 0};
  int place = 0;
  for (const auto& address : handled.forward)
    out.mails.push_back(
        partitions::forward_mail(frame_of(in, about, "-f" + std::to_string(++place)),
                                 *in.item.parsed, in.raw, handled, address));
}

}  // namespace postroom::actors::ingest
