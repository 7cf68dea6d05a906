#include "mail/report_ses.hpp"

#include "mail/ascii.hpp"
#include "mail/report_fields.hpp"
#include "mail/status_code.hpp"
#include "mail/utf8.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

namespace {

/// The text without what a JSON string within JSON adds, so that both forms read alike.
std::string plain(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text)
    if (c != '\\') out += c;
  return out;
}

/// The next value of `key` at or behind `at`, which is moved behind it; empty: there is none.
std::string_view value_of(std::string_view text, std::string_view key, std::size_t& at) {
  const auto quoted = '"' + std::string(key) + '"';
  auto from = text.find(quoted, at);
  if (from == std::string_view::npos) return {};
  from = text.find_first_not_of(" :", from + quoted.size());
  if (from == std::string_view::npos || text[from] != '"') return {};
  const auto to = text.find('"', ++from);
  if (to == std::string_view::npos) return {};
  at = to;
  return text.substr(from, to - from);
}

std::string_view value_of(std::string_view text, std::string_view key) {
  std::size_t from_start = 0;
  return value_of(text, key, from_start);
}

std::optional<report_kind> kind_of(std::string_view type) {
  if (type == "Bounce") return report_kind::failure;
  if (type == "Complaint") return report_kind::feedback;
  if (type == "Delivery") return report_kind::success;
  return std::nullopt;
}

reported_recipient describe(std::string_view address, std::string_view about, report_kind kind) {
  reported_recipient out{.address = clean_line(address)};
  if (kind == report_kind::feedback) return out;
  const auto key = kind == report_kind::success ? "smtpResponse" : "diagnosticCode";
  out.action = kind == report_kind::success ? reported_action::delivered : reported_action::failed;
  out.diagnostic = clean_line(value_of(about, key).substr(0, report_bounds::diagnostic));
  out.status = read_status(value_of(about, "status"));
  if (out.status.empty()) out.status = find_status(out.diagnostic);
  if (out.status.empty()) out.status = status_of(out.action);
  return out;
}

}  // namespace

std::optional<report> read_ses_notification(std::string_view text) {
  const auto all = plain(text);
  const auto kind = kind_of(value_of(all, "notificationType"));
  if (!kind) return std::nullopt;
  report out{.kind = *kind};
  out.detail = lowered(value_of(all, "complaintFeedbackType"));
  std::size_t at = 0;
  for (auto address = value_of(all, "emailAddress", at);
       !address.empty() && out.recipients.size() < report_bounds::recipients;
       address = value_of(all, "emailAddress", at)) {
    const auto next = all.find("\"emailAddress\"", at);
    out.recipients.push_back(describe(address, std::string_view(all).substr(at, next - at), *kind));
  }
  if (out.recipients.empty())
    if (const auto list = all.find("\"destination\""); list != std::string::npos)
      if (auto address = find_address(std::string_view(all).substr(list, 400)); !address.empty())
        out.recipients.push_back(describe(address, all, *kind));
  if (const auto name = all.find("\"Message-ID\""); name != std::string::npos)
    if (auto ids = read_ids(std::string_view(all).substr(name, 1200), 1); !ids.empty())
      out.original_message_id = std::move(ids.front());
  return out;
}

}  // namespace postroom::mail
