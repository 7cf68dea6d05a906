#pragma once

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "postroom/admin/v1/rules.pb.h"

/// The rules of the admin methods (proto/postroom/admin/v1/rules.proto), held against their schema.
namespace postroom::access {

inline constexpr const char* admin_package = "postroom.admin.v1";

/// The request field that a scope is decided by: "partition", "call", "mailbox"; empty: none.
std::string field_of(admin::v1::Scope scope);

/// Bytes that a request of the method may have, also after decompression.
std::size_t max_body_of(const admin::v1::Rule& rule);

/// What is wrong with the rule of a method; nothing when it is in order.
std::optional<std::string> problem_of(const google::protobuf::MethodDescriptor& method);

/// The problems of all methods of a file, one line each; none for a file of another package.
std::vector<std::string> problems_of(const google::protobuf::FileDescriptor& file);

}  // namespace postroom::access
