#include "channels/ews_answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <pugixml.hpp>

#include "channels/ews_scanner.hpp"

namespace postroom::channels {
namespace {

using pugi::xml_node;

constexpr std::size_t max_code = 64;
constexpr std::size_t max_id = 4096;
constexpr int64_t longest_back_off_ms = 3'600'000;

std::string_view local(const xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

xml_node child(const xml_node& node, std::string_view name) {
  for (const auto& c : node.children())
    if (local(c) == name) return c;
  return {};
}

std::string_view text(const xml_node& node, std::string_view name) {
  return child(node, name).child_value();
}

template <class T>
std::optional<T> number(std::string_view digits) {
  T value{};
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::string id_of(const xml_node& node, std::string_view name) {
  const std::string_view id = child(node, name).attribute("Id").value();
  return std::string(id.size() <= max_id ? id : std::string_view());
}

/// "a:ErrorServerBusy" of a faultcode without its prefix; nothing but letters and digits.
std::string code_of(std::string_view said) {
  if (const auto colon = said.rfind(':'); colon != said.npos) said.remove_prefix(colon + 1);
  const bool plain = std::ranges::all_of(said, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return plain && !said.empty() && said.size() <= max_code ? std::string(said) : "unknown";
}

bool means_busy(std::string_view code) {
  static constexpr std::array<std::string_view, 4> codes = {
      "ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorExceededFindCountLimit",
      "ErrorTooManyObjectsOpened"};
  return std::ranges::find(codes, code) != codes.end();
}

/// MessageXml: <t:Value Name="BackOffMilliseconds">; of an ErrorInternalServerError the code
/// inside.
void read_hints(const xml_node& xml, ews_message& out) {
  for (const auto& value : xml.children()) {
    const std::string_view name = value.attribute("Name").value();
    if (name == "BackOffMilliseconds") {
      if (const auto ms = number<int64_t>(value.child_value()); ms && *ms >= 0)
        out.back_off = duration{std::min(*ms, longest_back_off_ms)};
    } else if (name == "InnerErrorResponseCode" && means_busy(value.child_value())) {
      out.busy = true;
    }
  }
}

ews_message read_fault(const xml_node& fault) {
  ews_message out;
  out.fault = true;
  const auto detail = child(fault, "detail");
  const auto said = text(detail, "ResponseCode");
  out.code = code_of(said.empty() ? text(fault, "faultcode") : said);
  if (out.code == "NoError") out.code = "unknown";
  out.busy = means_busy(out.code);
  read_hints(child(detail, "MessageXml"), out);
  return out;
}

bool carries_mime(std::string_view element) {
  static constexpr std::array<std::string_view, 7> mails = {
      "Message",         "Item",
      "MeetingMessage",  "MeetingRequest",
      "MeetingResponse", "MeetingCancellation",
      "PostItem"};
  return std::ranges::find(mails, element) != mails.end();
}

ews_item read_item(const xml_node& node, std::size_t& contents) {
  ews_item out;
  out.mail_like = carries_mime(local(node));
  out.id = id_of(node, "ItemId");
  out.size = number<uint64_t>(text(node, "Size"));
  out.received = read_ews_time(text(node, "DateTimeReceived"));
  if (child(node, "MimeContent")) out.mime = contents++;
  return out;
}

void read_changes(const xml_node& changes, ews_message& out, std::size_t& contents) {
  for (const auto& change : changes.children()) {
    if (local(change) == "Create") {
      if (const auto item = change.first_child()) out.items.push_back(read_item(item, contents));
    } else if (local(change) == "Delete") {
      out.deleted.push_back(id_of(change, "ItemId"));
    }
  }
}

void read_folders(const xml_node& folders, ews_message& out) {
  for (const auto& folder : folders.children())
    out.folders.push_back({id_of(folder, "FolderId"), std::string(text(folder, "DisplayName")),
                           number<uint64_t>(text(folder, "TotalCount")).value_or(0)});
}

void read_events(const xml_node& notifications, ews_message& out) {
  for (const auto& notification : notifications.children()) {
    for (const auto& event : notification.children()) {
      auto kind = local(event);
      if (!kind.ends_with("Event")) continue;
      kind.remove_suffix(std::string_view("Event").size());
      out.events.push_back(
          {std::string(kind), id_of(event, "ParentFolderId"), id_of(event, "OldParentFolderId")});
    }
  }
}

ews_message read_message(const xml_node& node, std::size_t& contents) {
  ews_message out;
  out.code = code_of(text(node, "ResponseCode"));
  out.busy = means_busy(out.code);
  read_hints(child(node, "MessageXml"), out);
  for (const auto& item : child(node, "Items").children())
    out.items.push_back(read_item(item, contents));
  read_changes(child(node, "Changes"), out, contents);
  read_folders(child(node, "Folders"), out);
  read_folders(child(child(node, "RootFolder"), "Folders"), out);
  out.sync_state = text(node, "SyncState");
  out.last = text(node, "IncludesLastItemInRange") != "false";
  out.subscription = text(node, "SubscriptionId");
  read_events(child(node, "Notifications"), out);
  out.closed = text(node, "ConnectionStatus") == "Closed";
  return out;
}

struct known_code {
  std::string_view name;
  ec code;
  std::string_view remedy;
};

constexpr std::string_view no_right =
    "the account lacks the right to this mailbox or folder: give it full access or a folder "
    "permission";
constexpr std::string_view no_impersonation =
    "the account may not act as this mailbox: it lacks the role ApplicationImpersonation";

constexpr std::array known_codes = {
    known_code{"ErrorAccessDenied", ec::auth_refused, no_right},
    known_code{"ErrorImpersonateUserDenied", ec::auth_refused, no_impersonation},
    known_code{"ErrorImpersonationDenied", ec::auth_refused, no_impersonation},
    known_code{"ErrorImpersonationFailed", ec::auth_refused, no_impersonation},
    known_code{"ErrorAccountDisabled", ec::auth_refused, "the account is disabled"},
    known_code{"ErrorFolderNotFound", ec::mailbox_missing, "there is no such folder"},
    known_code{"ErrorSyncFolderNotFound", ec::mailbox_missing, "there is no such folder"},
    known_code{"ErrorNonExistentMailbox", ec::mailbox_missing, "there is no such mailbox"},
    known_code{"ErrorMissingEmailAddress", ec::mailbox_missing, "the account has no mailbox"},
    known_code{"ErrorNoPublicFolderReplicaAvailable", ec::mailbox_missing, {}},
    known_code{"ErrorInvalidSyncStateData", ec::position_lost, {}},
    known_code{"ErrorItemNotFound", ec::not_found, {}},
    known_code{"ErrorMessageSizeExceeded", ec::mail_too_large, {}},
    known_code{"ErrorDataSizeLimitExceeded", ec::mail_too_large, {}},
    known_code{"ErrorSchemaValidation", ec::protocol_violation, {}},
    known_code{"ErrorInvalidRequest", ec::protocol_violation, {}},
    known_code{"ErrorInvalidOperation", ec::protocol_violation, {}},
    known_code{"ErrorInvalidServerVersion", ec::unsupported, "Exchange 2013 or later is needed"},
    known_code{"ErrorSubscriptionDelegateAccessNotSupported", ec::unsupported, {}},
};

}  // namespace

result<std::vector<ews_message>> read_ews_answer(std::string_view said) {
  const auto filtered = without_illegal_characters(said);
  pugi::xml_document document;
  if (!document.load_buffer(filtered.data(), filtered.size(), pugi::parse_default,
                            pugi::encoding_utf8))
    return fail(ec::protocol_violation, "the answer is no XML, or not all of it");
  const auto body = child(child(document, "Envelope"), "Body");
  if (!body) return fail(ec::protocol_violation, "the answer is no SOAP envelope");
  if (const auto fault = child(body, "Fault")) return std::vector{read_fault(fault)};
  std::vector<ews_message> out;
  std::size_t contents = 0;
  for (const auto& node : child(body.first_child(), "ResponseMessages").children())
    out.push_back(read_message(node, contents));
  if (out.empty()) return fail(ec::protocol_violation, "the answer holds no response message");
  return out;
}

error ews_error(const ews_message& message) {
  if (message.busy) return fail(ec::throttled, message.code);
  // ErrorInvalidIdMalformed and its kin: under such a name there is no item.
  if (message.code.starts_with("ErrorInvalidId")) return fail(ec::not_found, message.code);
  const auto known = std::ranges::find(known_codes, message.code, &known_code::name);
  // Whatever else it is, it may be over tomorrow; an answer without an error here is a lie.
  if (known == known_codes.end())
    return fail(message.ok() ? ec::protocol_violation : ec::server_busy, message.code);
  std::string detail = message.code;
  if (!known->remedy.empty()) detail.append(": ").append(known->remedy);
  return fail(known->code, std::move(detail));
}

std::optional<time_point> read_ews_time(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':')
    return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) {
    return number<unsigned>(text.substr(at, size)).value_or(9999);
  };
  const auto year = part(0, 4);
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(year)),
                                        std::chrono::month(part(5, 2)),
                                        std::chrono::day(part(8, 2))};
  const auto hour = part(11, 2), minute = part(14, 2), second = part(17, 2);
  if (!day.ok() || year > 9998 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  time_point out = std::chrono::sys_days(day) + std::chrono::hours(hour) +
                   std::chrono::minutes(minute) + std::chrono::seconds(second);
  auto rest = text.substr(19);
  if (rest.starts_with('.'))
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':') {
    const auto hours = number<int>(rest.substr(1, 2)), minutes = number<int>(rest.substr(4, 2));
    if (!hours || !minutes) return std::nullopt;
    const auto offset = std::chrono::minutes(60 * *hours + *minutes);
    return rest[0] == '+' ? out - offset : out + offset;
  }
  return out;
}

}  // namespace postroom::channels
