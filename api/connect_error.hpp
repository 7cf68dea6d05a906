#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/call_context.hpp"
#include "base/result.hpp"

/// Errors on the wire: https://connectrpc.com/docs/protocol, "Error codes" and "Error
/// end-of-stream".
namespace postroom::api {

/// The header that carries our own error name beside the Connect code, which is coarser.
inline constexpr const char* error_header = "Postroom-Error";

struct connect_code {
  std::string_view name;  ///< "not_found"
  int http_status;
};

/// The Connect code of one of our errors. Total.
connect_code connect_code_of(ec code) noexcept;

/// {"code":"not_found","message":"..."}; with violations also their
/// postroom.admin.v1.FieldViolations in "details".
std::string render_connect_error(std::string_view code, std::string_view message,
                                 const std::vector<field_violation>& violations = {});

/// What an answer other than 200 means. `own_name` is the value of `error_header`, empty when there
/// was none. An answer that is no Connect error becomes one from its HTTP status.
error parse_connect_error(int http_status, std::string_view body, std::string_view own_name,
                          std::vector<field_violation>* violations = nullptr);

}  // namespace postroom::api
