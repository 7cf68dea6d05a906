#include "partitions/outgoing.hpp"

#include "partitions/notify.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_references = 20;
constexpr std::size_t max_named = 50;     // attachments
constexpr std::size_t max_subject = 998;  // bytes (RFC 5322, 2.1.1)

std::string_view domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

void set_ids(record::v1::OutboxEntry& entry, const outgoing_frame& in, const std::string& address) {
  const auto& server = *in.model.outgoing();
  std::string reference;
  if (in.call.value != 0) {
    const mail::call_name name{in.model.id(), in.call};
    reference = "." + render_call(name.part, name.number);
    if (in.tags != nullptr) {
      const auto proof = in.tags->sign(name, address);
      reference = "." + mail::render_reference(proof);
      const auto& answers_to = server.reply_to().empty() ? server.from() : server.reply_to();
      if (server.tagged_reply_to()) entry.set_reply_to(mail::tagged_address(answers_to, proof));
    }
  }
  entry.set_message_id(in.id_token + reference + "@" + std::string(domain_of(server.from())));
}

/// What is said of a mail that does not go out as it came, because what the attachment policy keeps
/// back would go with it.
std::string without_attachments(const mail::parsed_mail& mail, const handling& handled,
                                const std::string& name) {
  auto out =
      "It is not attached: the attachment policy keeps a part of it back. It is kept as mail " +
      name + ".\n";
  for (std::size_t i = 0; i < mail.attachments.size() && i < max_named; ++i) {
    const bool kept_back = i < handled.withheld.size() && !handled.withheld[i].empty();
    out += "- " + mail.attachments[i].name +
           (kept_back ? " (withheld: " + handled.withheld[i] + ")" : "") + "\n";
  }
  if (mail.attachments.size() > max_named)
    out += "- " + std::to_string(mail.attachments.size() - max_named) + " more\n";
  return out + "\n" + mail.text + (mail.text.ends_with('\n') ? "" : "\n");
}

}  // namespace

std::string loop_marks(const std::string& own, const mail::parsed_mail& cause) {
  return cause.author.loop_marks.empty() ? own : own + " " + cause.author.loop_marks;
}

bool is_own_mail(const std::string& own_mark, const mail::parsed_mail& mail) {
  if (own_mark.empty() || mail.about) return false;
  return (" " + mail.author.loop_marks + " ").find(" " + own_mark + " ") != std::string::npos;
}

record::v1::OutboxEntry start_mail(const outgoing_frame& in, const std::string& kind,
                                   const std::string& address) {
  record::v1::OutboxEntry entry;
  entry.set_call(in.call.value);
  entry.set_kind(kind);
  entry.add_recipients()->set_address(address);
  set_ids(entry, in, address);
  entry.set_loop_mark(in.loop_mark);
  entry.set_created_at(to_millis(in.now));
  entry.set_next_attempt_at(to_millis(in.now));
  return entry;
}

mail::answer_permission may_write_to(const partition_model& model, std::string_view address) {
  const std::string folded = fold_address(address);
  if (domain_of(folded).empty() || folded.front() == '@' || text::has_control_characters(folded))
    return {false, "it has no address that mail could reach"};
  if (mail::takes_no_answers(folded)) return {false, "nobody reads what is sent to its address"};
  if (model.is_own(folded)) return {false, "its address is one of our own"};
  return {};
}

// The first names the thread, the last are its newest, so the middle may go.
std::vector<std::string> references_for(const mail::parsed_mail& mail) {
  std::vector<std::string> refs = mail.references;
  if (refs.empty() && !mail.in_reply_to.empty()) refs.push_back(mail.in_reply_to);
  const bool there = !refs.empty() && refs.back() == mail.message_id;
  if (!mail.message_id.empty() && !there) refs.push_back(mail.message_id);
  if (refs.size() > max_references) {
    const auto surplus = static_cast<std::ptrdiff_t>(refs.size() - max_references);
    refs.erase(refs.begin() + 1, refs.begin() + 1 + surplus);
  }
  return refs;
}

std::optional<record::v1::OutboxEntry> answer_command(const outgoing_frame& in,
                                                      const mail::parsed_mail& mail,
                                                      const command_answer& answer) {
  if (in.model.outgoing() == nullptr || !may_answer(in.model, mail).allowed) return {};
  auto entry = start_mail(in, "command_answer", std::string(text::trim(mail.from.addr)));
  entry.set_in_reply_to(mail.message_id);
  for (auto& id : references_for(mail)) entry.add_references(std::move(id));
  entry.set_subject(answer.subject);
  entry.set_text(answer.text);
  return entry;
}

record::v1::OutboxEntry forward_mail(const outgoing_frame& in, const mail::parsed_mail& mail,
                                     mail_id raw, const handling& handled,
                                     const std::string& address) {
  auto entry = start_mail(in, "forward", address);
  const auto subject = text::one_line(mail.subject);
  entry.set_subject(
      text::shorten("Fwd: " + (subject.empty() ? "(no subject)" : subject), max_subject));
  const auto start = "A rule of " + in.model.config().name() + " sends you this mail from " +
                     text::visible(mail.from.addr) + ". ";
  if (!handled.withheld.empty() || handled.withheld_elsewhere) {
    const auto name = in.model.config().id() + "/" + std::to_string(raw.value);
    entry.set_text(start + without_attachments(mail, handled, name));
  } else {
    entry.set_text(start + "It is attached as it came.\n");
    entry.set_attached_mail(raw.value);
  }
  return entry;
}

}  // namespace postroom::partitions
