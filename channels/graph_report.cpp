// What Graph's answers mean for a mail that was to be sent.
#include <algorithm>

#include "channels/graph_draft.hpp"
#include "channels/graph_json.hpp"
#include "channels/graph_text.hpp"

namespace postroom::channels {
namespace {

constexpr std::size_t max_reply = 500;

/// Which refusals are of this mail for good. What is not here passes, or is of the whole server.
constexpr std::string_view bad_mails[] = {
    "ErrorInvalidRecipients",          "ErrorMimeContentInvalidBase64String",
    "ErrorMimeContentInvalid",         "ErrorMimeContentConversionFailed",
    "ErrorInvalidSmtpAddress",         "ErrorMissingRecipients",
    "ErrorMessageDispositionRequired", "ErrorAttachmentSizeLimitExceeded"};

/// Nobody knows what became of the request (see graph_api::done_fn), or the service fails at it:
/// that holds no other mail up, and has an end although it may be so each time.
bool concerns_mail(ec code) {
  return code == ec::timeout || code == ec::connection_lost || code == ec::server_busy ||
         code == ec::protocol_violation;
}

}  // namespace

send_report graph_report(const error& why) {
  send_report out;
  out.code = why.code;
  out.reply = why.detail.substr(0, max_reply);
  out.permanent = why.code == ec::mail_too_large || why.code == ec::mail_unparsable;
  out.server_wide = !out.permanent && !concerns_mail(why.code);
  return out;
}

send_report graph_report(const http_answer& answer) {
  send_report out;
  out.reply_code = answer.status;
  if (answer.status / 100 == 2) return out;
  const auto said = read_graph_refusal(answer.body);
  out.code = graph_error(answer.status, said.code).code;
  out.reply = (said.code + ": " + said.message).substr(0, max_reply);
  const bool bad = std::ranges::find(bad_mails, said.code) != std::end(bad_mails);
  if (bad || out.code == ec::mail_too_large) {
    out.permanent = true;
    if (out.code != ec::mail_too_large) out.code = ec::recipient_refused;
    if (said.code == "ErrorAttachmentSizeLimitExceeded") out.code = ec::mail_too_large;
    return out;
  }
  // The sender is a setting of the server, so that no mail gets out before somebody grants the
  // right.
  if (said.code == "ErrorSendAsDenied")
    out.reply = ("sender refused: " + out.reply).substr(0, max_reply);
  out.server_wide = !concerns_mail(out.code) || said.code == "ErrorQuotaExceeded";
  return out;
}

}  // namespace postroom::channels
