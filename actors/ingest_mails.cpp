#include "actors/ingest_mails.hpp"

#include <algorithm>

#include "actors/scanning.hpp"
#include "partitions/notify.hpp"
#include "partitions/outgoing.hpp"

namespace postroom::actors::ingest {

namespace {

using record::v1::OutboxEntry;
using caused = partitions::caused_mail;

/// Counts the mail; or why a limit keeps it back, one sentence.
std::string count(decision& out, const decision_input& in, const caused& mail) {
  if (in.limits == nullptr) return {};
  auto reached = in.limits->answers.refusal(mail, in.now);
  if (reached.empty())
    in.limits->answers.take(mail, in.now);
  else
    ++out.left_out;
  return reached;
}

caused answer_to(const decision_input& in, caused::kind what = caused::kind::answer) {
  return {what, in.sender, in.item.trust.kind == mail::trust::aligned};
}

/// Why nothing goes back to who wrote the mail, whatever the limits; empty: it may.
std::string refusal(const decision_input& in) {
  if (in.model.outgoing() == nullptr) return "the partition has no active outgoing server";
  if (in.silent) return "its sender is not proved";
  if (in.item.trust.kind == mail::trust::unaligned) return "its sender is not proved";
  return partitions::may_answer(in.model, *in.item.parsed).reason;
}

bool goes_to(const OutboxEntry& entry, const std::string& folded) {
  return partitions::fold_address(entry.recipients(0).address()) == folded;
}

partitions::outgoing_frame frame_of(const decision_input& in, call_number number,
                                    const std::string& suffix) {
  return {in.model,
          number,
          &in.keys.tags,
          partitions::loop_marks(in.keys.loop_mark, *in.item.parsed),
          in.id_token + suffix,
          in.now};
}

bool has(const google::protobuf::RepeatedPtrField<std::string>& list, const std::string& value) {
  return std::ranges::find(list, value) != list.end();
}

/// Where a person looks for why the mail became what it is.
void add_note(decision& out, std::string note) {
  if (out.update)
    out.update->add_notes(std::move(note));
  else
    out.call->mutable_decision()->add_notes(std::move(note));
}

/// Counts a mail to somebody who did not write; or a sentence that tells who is not told, and why.
std::string count_notification(decision& out, const decision_input& in, const OutboxEntry& entry) {
  const auto& address = entry.recipients(0).address();
  const auto folded = partitions::fold_address(address);
  auto reached =
      count(out, in, {caused::kind::notification, folded, false, call_number{entry.call()}});
  return reached.empty() ? reached : "Nobody is told at " + address + ": " + reached + ".";
}

/// Whatever the address; empty: it may be sent on.
std::string why_not_forwarded(const decision& out, const decision_input& in) {
  if (in.model.outgoing() == nullptr) return "the partition has no active outgoing server";
  const auto& tags = in.found.handled->tags;
  if (std::ranges::find(tags, scanning::infected) != tags.end()) return "it is tagged infected";
  const bool flood = out.update && out.update->kind() == record::v1::CallUpdate::FLOOD;
  return flood ? "it is one of very many mails" : "";
}

bool goes_back(const decision_input& in, const std::string& address) {
  return in.item.parsed->author.kind != mail::origin::person &&
         partitions::fold_address(address) == in.sender;
}

/// In the place of what the sender would get else. Neither its text nor its Message-ID names the
/// call: the address may be a victim's.
std::string answer_unproved(decision& out, const decision_input& in) {
  auto mail = partitions::answer_command(frame_of(in, {}, "-c"), *in.item.parsed,
                                         partitions::answer_unproved(in.model, out.is_new));
  if (!mail) return "Nothing is answered.";
  if (auto reached = count(out, in, answer_to(in)); !reached.empty())
    return "Nothing is answered: " + reached + ".";
  mail->set_call(out.call->number());
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
  const auto why_not = refusal(in);
  partitions::notice n{in.model, what,     *out.call,           out.update ? &*out.update : nullptr,
                       user,     &analyst, in.item.parsed.get()};
  n.trust = in.item.trust.kind;
  n.tags = &in.keys.tags;
  n.loop_mark = partitions::loop_marks(in.keys.loop_mark, *in.item.parsed);
  n.id_token = in.id_token;
  n.now = in.now;
  std::string said = why_not.empty() ? "there is no text for it" : why_not;
  std::vector<std::string> left_out;
  for (auto& entry : partitions::notify(n, &left_out)) {
    if (!goes_to(entry, in.sender)) {
      if (auto reached = count_notification(out, in, entry); !reached.empty())
        left_out.push_back(std::move(reached));
      else
        out.mails.push_back(std::move(entry));
      continue;
    }
    if (!why_not.empty() || in.unproved) continue;
    said = count(out, in, answer_to(in));
    if (said.empty()) out.mails.push_back(std::move(entry));
  }
  for (auto& note : left_out) add_note(out, std::move(note));
  const bool flood = what == partitions::call_event::flood;
  if (in.unproved && !flood && why_not.empty()) return answer_unproved(out, in);
  return said.empty() ? "Its sender is answered." : "Nothing is answered: " + said + ".";
}

void answer(decision& out, const decision_input& in, call_number number,
            const partitions::command_answer& text) {
  auto why_not = refusal(in);
  if (why_not.empty()) why_not = count(out, in, answer_to(in, caused::kind::command_answer));
  if (!why_not.empty()) {
    out.entry.add_notes("Nothing is answered: " + why_not + ".");
    return;
  }
  auto mail = partitions::answer_command(frame_of(in, number, "-c"), *in.item.parsed, text);
  if (mail) out.mails.push_back(std::move(*mail));
}

void forward(decision& out, const decision_input& in) {
  if (!in.found.handled || in.found.handled->forward.empty()) return;
  if (auto why_not = why_not_forwarded(out, in); !why_not.empty()) {
    out.entry.add_notes("It is not forwarded: " + why_not + ".");
    return;
  }
  const auto& handled = *in.found.handled;
  const call_number about{out.call ? out.call->number() : 0};
  int place = 0;
  for (const auto& address : handled.forward) {
    if (in.before != nullptr && has(in.before->forwarded(), address)) continue;
    const auto suffix = "-f" + std::to_string(++place);
    auto why_not = goes_back(in, address)
                       ? std::string("a program wrote it, from that address")
                       : count(out, in, {caused::kind::forward, partitions::fold_address(address)});
    if (!why_not.empty()) {
      out.entry.add_notes("It is not forwarded to " + address + ": " + why_not + ".");
      continue;
    }
    out.mails.push_back(partitions::forward_mail(frame_of(in, about, suffix), *in.item.parsed,
                                                 in.raw, handled, address));
    out.entry.add_forwarded(address);
  }
}

}  // namespace postroom::actors::ingest
