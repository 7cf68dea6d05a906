#include "channels/graph_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/clock.hpp"
#include "base/web_url.hpp"
#include "channels/graph_json.hpp"

namespace postroom::channels {
namespace {

bool equal_but_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return low(x) == low(y);
  });
}

struct meaning {
  std::string_view code;
  ec what;
};

/// Codes that say more than the status does.
constexpr std::array meanings = {
    meaning{"ErrorItemNotFound", ec::not_found},
    meaning{"ErrorInvalidIdMalformed", ec::not_found},
    meaning{"itemNotFound", ec::not_found},
    meaning{"ErrorFolderNotFound", ec::mailbox_missing},
    meaning{"ErrorInvalidUser", ec::mailbox_missing},
    meaning{"MailboxNotEnabledForRESTAPI", ec::mailbox_missing},
    meaning{"MailboxNotSupportedForRESTAPI", ec::mailbox_missing},
    meaning{"ErrorNonExistentMailbox", ec::mailbox_missing},
    meaning{"Request_ResourceNotFound", ec::mailbox_missing},
    meaning{"ErrorMessageSizeExceeded", ec::mail_too_large},
    meaning{"ErrorExceededMaxMessageSize", ec::mail_too_large},
    meaning{"RequestEntityTooLarge", ec::mail_too_large},
    meaning{"syncStateNotFound", ec::position_lost},
    meaning{"SyncStateNotFound", ec::position_lost},
    meaning{"resyncRequired", ec::position_lost},
    meaning{"ErrorInvalidSyncStateData", ec::position_lost},
    meaning{"ApplicationThrottled", ec::throttled},
    meaning{"activityLimitReached", ec::throttled},
    meaning{"ErrorServerBusy", ec::server_busy},
    meaning{"ErrorMailboxStoreUnavailable", ec::server_busy},
    meaning{"ErrorInvalidRecipients", ec::recipient_refused},
    meaning{"ErrorQuotaExceeded", ec::server_busy},
};

ec meaning_of(int status) {
  switch (status) {
    case 401:
      return ec::auth_refused;
    case 403:
      return ec::oauth_consent_missing;
    case 404:
      return ec::not_found;
    case 410:
      return ec::position_lost;
    case 413:
      return ec::mail_too_large;
    case 429:
      return ec::throttled;
    default:
      return status >= 500 ? ec::server_busy : ec::protocol_violation;
  }
}

}  // namespace

bool same_origin(const std::string& url, const std::string& base) {
  const auto where = origin_of(url);
  return where && where == origin_of(base);
}

bool fit_for_upload(const std::string& url, const std::string& base) {
  const auto where = origin_of(url);
  return where && (where->scheme == "https" || where == origin_of(base));
}

std::string mailbox_path(const std::string& user) {
  return user.empty() ? "/me" : "/users/" + url_escape(user);
}

std::optional<std::string> well_known_folder(std::string_view name) {
  if (equal_but_case(name, "inbox")) return "inbox";
  // Others only as Graph writes them: people may well have a folder of their own called "Archive".
  static constexpr std::array names = {"archive",   "clutter",       "deleteditems", "drafts",
                                       "junkemail", "msgfolderroot", "outbox",       "sentitems"};
  if (std::ranges::find(names, name) == names.end()) return std::nullopt;
  return std::string(name);
}

std::string filter_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return url_escape(quoted + "'");
}

error graph_error(int status, const std::string& code) {
  const auto found = std::ranges::find(meanings, std::string_view(code), &meaning::code);
  return fail(found == meanings.end() ? meaning_of(status) : found->what,
              "Graph answered " + std::to_string(status) + (code.empty() ? "" : " " + code));
}

error graph_error(const http_answer& answer) {
  return graph_error(answer.status, read_graph_refusal(answer.body).code);
}

}  // namespace postroom::channels
