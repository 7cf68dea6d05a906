#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

/// Showing what may hold secrets.
namespace postroom::secrets {

/// What stands for a secret in audits and texts: the same whatever the secret is, and nothing for
/// nothing.
std::string mask(std::string_view secret);

/// Masks every field marked `sensitive` (admin/v1/rules.proto), however deep.
void redact(google::protobuf::Message& message);

/// A message on one line for logs and errors, redacted: the only way to print a request.
std::string printable(const google::protobuf::Message& message);

}  // namespace postroom::secrets
