#pragma once

#include <google/protobuf/struct.pb.h>

#include <vector>

#include "api/call_context.hpp"

/// Details of Connect errors: [{"type": "package.Message", "value": base64 without padding,
/// "debug": JSON}].
namespace postroom::api {

/// Puts them into the error's "details", as one postroom.admin.v1.FieldViolations.
void add_details(const std::vector<field_violation>& violations, google::protobuf::Struct& error);

/// Those of all FieldViolations in "details"; what is of another type or damaged is passed over.
std::vector<field_violation> read_details(const google::protobuf::Struct& error);

}  // namespace postroom::api
