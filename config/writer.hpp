#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/reader.hpp"

/// Single objects of the configuration as YAML text: a server, a person, a template.
namespace postroom::config {

/// Every field that is set, in the order of the schema; `read_message` gives the same message back.
std::string write_yaml(const google::protobuf::Message& message);

/// Fills the message from one YAML document; as `read_documents` otherwise.
void read_message(std::string_view yaml, const std::string& file, google::protobuf::Message& out,
                  std::vector<file_problem>& problems);

/// Sets one plain field from text; a list takes several values with commas between; blank clears
/// the field. Errors: config_invalid, which names the nearest field or the form of the value.
result<void> set_field(google::protobuf::Message& message, std::string_view name,
                       std::string_view value);

}  // namespace postroom::config
