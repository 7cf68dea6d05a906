#include "actors/outbox_render.hpp"

#include "actors/stored_mail.hpp"

namespace postroom::actors::outbox {

namespace {

using record::v1::OutboxEntry;

std::string name_of(uint64_t mail) {
  return "mail " + std::to_string(mail);
}

/// RFC 3834 section 5: an answer to what somebody wrote, or a mail of its own.
const char* auto_submitted(const OutboxEntry& e) {
  const bool answers = e.kind() == "acknowledgement" || e.kind() == "command_answer" ||
                       (e.kind() == "notification" && !e.in_reply_to().empty());
  return answers ? "auto-replied" : "auto-generated";
}

void say_what_is_missing(mail::outgoing_mail& m, const attached_mail& attached) {
  const auto said = "\n\nThe mail itself is not attached: " + attached.not_sent_as +
                    ". It is kept as " + name_of(attached.mail.id()) + ".\n";
  m.text += said;
  if (!m.html.empty()) m.html += mail::escape_html(said);
}

/// Of a mail whose bytes are damaged, the reader is told.
result<void> attach(const storage::unit_store& store, attached_mail& attached,
                    mail::outgoing_mail& m) {
  if (attached.mail.id() == 0 || !attached.not_sent_as.empty()) return {};
  auto raw = read_raw(store, attached.mail, name_of(attached.mail.id()));
  if (raw)
    m.file = {"mail.eml", "application/octet-stream", std::move(*raw)};
  else if (raw.code() == ec::corrupt_record)
    attached.not_sent_as = "its bytes are not all there";
  else
    return raw.error();
  return {};
}

mail::outgoing_mail to_mail(const OutboxEntry& e, const config::v1::OutgoingServer& server) {
  mail::outgoing_mail m;
  m.from = {server.from_name(), server.from()};
  const auto& reply_to = e.reply_to().empty() ? server.reply_to() : e.reply_to();
  if (!reply_to.empty()) m.reply_to = {"", reply_to};
  for (const auto& r : e.recipients()) m.to.push_back({"", r.address()});
  m.subject = e.subject();
  m.text = e.text();
  m.html = e.html();
  m.message_id = e.message_id();
  m.in_reply_to = e.in_reply_to();
  m.references = {e.references().begin(), e.references().end()};
  m.date = from_millis(e.created_at());
  m.auto_submitted = auto_submitted(e);
  m.loop_mark = e.loop_mark();
  return m;
}

}  // namespace

std::size_t attached_mail::encoded_size() const {
  // Lines of 76 characters and CR LF for 57 bytes each (RFC 2045 section 6.8).
  return mail.id() == 0 || !not_sent_as.empty() ? 0 : (mail.size() / 57 + 1) * 78;
}

result<attached_mail> find_attached(const storage::unit_store& store, const OutboxEntry& entry) {
  attached_mail out;
  if (entry.attached_mail() == 0) return out;
  auto mail =
      read_mail_record(store, mail_id{entry.attached_mail()}, name_of(entry.attached_mail()));
  if (mail) {
    out.mail = std::move(*mail);
    if (out.mail.size() > max_forwarded)
      out.not_sent_as = "it has " + std::to_string(out.mail.size()) + " bytes, and at most " +
                        std::to_string(max_forwarded) + " are sent on";
  } else if (mail.code() == ec::not_found || mail.code() == ec::corrupt_record) {
    out.mail.set_id(entry.attached_mail());
    out.not_sent_as = "it cannot be found";
  } else {
    return mail.error();
  }
  return out;
}

result<std::string> render(const storage::unit_store& store, const OutboxEntry& entry,
                           const config::v1::OutgoingServer& server, attached_mail attached) {
  auto m = to_mail(entry, server);
  if (auto done = attach(store, attached, m); !done) return done.error();
  if (!attached.not_sent_as.empty()) say_what_is_missing(m, attached);
  return mail::render(m);
}

}  // namespace postroom::actors::outbox
