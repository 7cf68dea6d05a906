#include <algorithm>

#include "partitions/decide.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_references = 20;
/// {text} of a forged mail goes to whoever it names: we are no relay for long messages.
constexpr std::size_t max_quoted_text_bytes = 4096;
constexpr std::string_view default_subject = "[{call}] {subject}";

std::string_view domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

bool may_answer(const partition_model& model, const mail::parsed_mail& mail) {
  if (!mail::may_answer(mail.author).allowed) return false;
  const std::string folded = fold_address(mail.from.addr);
  if (domain_of(folded).empty() || folded.front() == '@') return false;
  if (text::has_control_characters(folded)) return false;
  return !mail::takes_no_answers(folded) && !model.is_own(folded);
}

/// RFC 5322, 3.6.4; the first names the thread, the last are its newest, so the middle may go.
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

bool wants_html(const config::v1::General& general, const record::v1::Person& user) {
  const bool own = general.message_format_per_person() && !user.format().empty();
  return (own ? user.format() : general.default_format()) != "PLAIN";
}

void write_texts(record::v1::OutboxEntry& entry, const partition_model& model,
                 const record::v1::Call& call, const record::v1::Person& user) {
  const auto& given = model.config().texts().acknowledgement();
  const std::string number = render_call(model.id(), call_number{call.number()});
  const std::string quote = text::shorten(call.text(), max_quoted_text_bytes);
  const std::vector<std::pair<std::string_view, std::string_view>> values{
      {"call", number},
      {"subject", call.subject()},
      {"user", user.name()},
      {"priority", call.priority()},
      {"status", call.status()},
      {"partition", model.config().name()},
      {"text", quote}};
  const std::string_view subject =
      given.subject().empty() ? default_subject : std::string_view{given.subject()};
  entry.set_subject(text::one_line(fill(subject, values, false)));
  entry.set_text(fill(given.text(), values, false));
  if (!wants_html(model.general(), user)) return;
  entry.set_html(given.html().empty() ? mail::escape_html(entry.text())
                                      : fill(given.html(), values, true));
}

}  // namespace

std::optional<record::v1::OutboxEntry> acknowledge(const partition_model& model,
                                                   const record::v1::Call& call,
                                                   const mail::parsed_mail& mail,
                                                   const record::v1::Person& user,
                                                   const mail::trust_verdict& trust,
                                                   const std::string& id_token, time_point now) {
  const auto* server = model.outgoing();
  if (server == nullptr || model.config().texts().acknowledgement().text().empty()) return {};
  // Whoever the address belongs to did not write.
  if (trust.kind == mail::trust::unaligned || !may_answer(model, mail)) return {};

  record::v1::OutboxEntry entry;
  entry.set_call(call.number());
  entry.set_kind("acknowledgement");
  entry.set_message_id(id_token + "." + render_call(model.id(), call_number{call.number()}) + "@" +
                       std::string(domain_of(server->from())));
  entry.set_in_reply_to(mail.message_id);
  for (auto& id : references_for(mail)) entry.add_references(std::move(id));
  write_texts(entry, model, call, user);
  entry.add_recipients()->set_address(std::string(text::trim(mail.from.addr)));
  entry.set_created_at(to_millis(now));
  entry.set_next_attempt_at(to_millis(now));
  return entry;
}

}  // namespace postroom::partitions
