#include "app/explain_words.hpp"

namespace postroom::app {

using record::v1::OutboxRecipient;

std::string words_of_place(const record::v1::MailKey& key) {
  if (!key.uidl().empty()) return "UIDL " + key.uidl();
  return "UID " + std::to_string(key.uid()) + " of UIDVALIDITY " +
         std::to_string(key.uid_validity());
}

std::string words_of_trust(record::v1::SenderTrust trust, const std::string& sender) {
  const auto address = "sender's address" + (sender.empty() ? "" : " " + sender);
  switch (trust) {
    case record::v1::ALIGNED:
      return "The " + address + " is proved: its domain has authenticated the mail.";
    case record::v1::UNALIGNED:
      return "The " + address + " is not proved; it may be forged.";
    default:
      return "Nobody that is trusted has checked the " + address + ".";
  }
}

std::string words_of_sending(const record::v1::OutboxEntry& mail, const OutboxRecipient& to) {
  const auto what = "The " + mail.kind() + " to " + to.address();
  switch (to.state()) {
    case OutboxRecipient::SENT:
      if (to.reported_at() != 0)
        return what + " was sent; then it was reported: " + to.report() +
               (to.report_status().empty() ? "" : " " + to.report_status()) + ".";
      return what + " was sent.";
    case OutboxRecipient::DEAD:
      return what + " could not be sent.";
    case OutboxRecipient::CANCELLED:
      return what + " was cancelled by a person.";
    default:
      return what + " waits to be sent.";
  }
}

}  // namespace postroom::app
