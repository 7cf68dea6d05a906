#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/report.hpp"

/// The machine-readable parts of reports: groups of fields, as in a header.
namespace postroom::mail {

/// The recipients in the body of a message/delivery-status (RFC 3464 section 2.3), or in a text
/// that holds such fields.
std::vector<reported_recipient> read_recipient_fields(std::string_view body);

/// What a message/feedback-report or a message/disposition-notification says.
struct report_fields {
  std::vector<std::string> recipients;
  std::string detail;  ///< Feedback-Type, or what stands behind the ';' of Disposition
  std::string message_id;
  std::string error;
};
report_fields read_report_fields(std::string_view body);

/// The address in a field like "rfc822; ann@example.org" (RFC 3464 section 2.3.1, RFC 6533 section
/// 3); what is no address is given as it is.
std::string read_typed_address(std::string_view value);

/// "5.0.0" or "4.0.0"; empty where the action does not tell.
std::string status_of(reported_action action);

}  // namespace postroom::mail
