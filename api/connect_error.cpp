#include "api/connect_error.hpp"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <utility>

#include "api/error_details.hpp"

namespace postroom::api {
namespace {

ec own_code(std::string_view name) {
  for (std::size_t i = 1; i < ec_count; ++i)
    if (const auto& row = describe(static_cast<ec>(i)); row.name == name) return row.code;
  return ec::none;
}

ec from_connect(std::string_view code) {
  static constexpr std::pair<std::string_view, ec> rows[] = {
      {"canceled", ec::cancelled},
      {"invalid_argument", ec::config_invalid},
      {"deadline_exceeded", ec::timeout},
      {"not_found", ec::not_found},
      {"already_exists", ec::already_exists},
      {"permission_denied", ec::forbidden},
      {"unauthenticated", ec::unauthenticated},
      {"resource_exhausted", ec::overloaded},
      {"failed_precondition", ec::config_invalid},
      {"aborted", ec::stale_epoch},
      {"out_of_range", ec::config_invalid},
      {"unimplemented", ec::unsupported},
      {"unavailable", ec::server_busy},
      {"data_loss", ec::corrupt_record},
  };
  for (const auto& [name, value] : rows)
    if (name == code) return value;
  return ec::internal;
}

/// The protocol's table for answers without a Connect error.
std::string_view code_of_status(int status) {
  switch (status) {
    case 400:
      return "internal";
    case 401:
      return "unauthenticated";
    case 403:
      return "permission_denied";
    case 404:
      return "unimplemented";
    case 429:
    case 502:
    case 503:
    case 504:
      return "unavailable";
    default:
      return "unknown";
  }
}

}  // namespace

connect_code connect_code_of(ec code) noexcept {
  switch (code) {
    case ec::unreachable:
    case ec::dns_failed:
    case ec::connection_lost:
    case ec::throttled:
    case ec::server_busy:
    case ec::store_io:
    case ec::position_lost:
      return {"unavailable", 503};
    case ec::timeout:
      return {"deadline_exceeded", 504};
    case ec::overloaded:
    case ec::no_space:
    case ec::mail_too_large:
      return {"resource_exhausted", 429};
    case ec::cancelled:
      return {"canceled", 499};
    case ec::config_invalid:
      return {"invalid_argument", 400};
    case ec::mailbox_missing:
    case ec::not_found:
      return {"not_found", 404};
    case ec::already_exists:
      return {"already_exists", 409};
    case ec::stale_epoch:
    case ec::outdated:
      return {"aborted", 409};
    case ec::unsupported:
      return {"unimplemented", 501};
    case ec::corrupt_record:
      return {"data_loss", 500};
    case ec::auth_refused:
    case ec::tls_failed:
    case ec::recipient_refused:
    case ec::mail_unparsable:
    case ec::mail_kills_handler:
    case ec::mail_without_sender:
    case ec::conflict:
    case ec::oauth_not_authorized:
    case ec::oauth_consent_missing:
    case ec::oauth_secret_expired:
    case ec::oauth_tenant_wrong:
    case ec::oauth_token_revoked:
      return {"failed_precondition", 400};
    case ec::unauthenticated:
      return {"unauthenticated", 401};
    case ec::forbidden:
      return {"permission_denied", 403};
    case ec::none:
    case ec::protocol_violation:
    case ec::internal:
      break;
  }
  return {"internal", 500};
}

std::string render_connect_error(std::string_view code, std::string_view message,
                                 const std::vector<field_violation>& violations) {
  google::protobuf::Struct body;
  (*body.mutable_fields())["code"].set_string_value(std::string{code});
  (*body.mutable_fields())["message"].set_string_value(std::string{message});
  if (!violations.empty()) add_details(violations, body);
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(body, &json).ok())
    return R"({"code":"internal"})";
  return json;
}

error parse_connect_error(int http_status, std::string_view body, std::string_view own_name,
                          std::vector<field_violation>* violations) {
  google::protobuf::Struct parsed;
  const google::protobuf::StringPiece text{body.data(), body.size()};
  const bool json = google::protobuf::util::JsonStringToMessage(text, &parsed).ok();
  std::string code;
  std::string message;
  if (json) {
    code = (*parsed.mutable_fields())["code"].string_value();
    message = (*parsed.mutable_fields())["message"].string_value();
    if (violations) *violations = read_details(parsed);
  }
  if (code.empty()) {
    code = code_of_status(http_status);
    message = "the server answered HTTP " + std::to_string(http_status);
  }
  const ec own = own_code(own_name);
  return fail(own == ec::none ? from_connect(code) : own, message);
}

}  // namespace postroom::api
