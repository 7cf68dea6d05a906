#include "api/error_details.hpp"

#include <google/protobuf/util/json_util.h>
#include <openssl/evp.h>

#include <optional>
#include <string>

#include "postroom/admin/v1/errors.pb.h"

namespace postroom::api {
namespace {

using admin::v1::FieldViolations;

std::string to_base64(const std::string& bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                reinterpret_cast<const unsigned char*>(bytes.data()),
                                static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(n));
  while (!out.empty() && out.back() == '=') out.pop_back();
  return out;
}

/// With or without padding.
std::optional<std::string> from_base64(std::string text) {
  while (!text.empty() && text.back() == '=') text.pop_back();
  const auto padding = (4 - text.size() % 4) % 4;
  if (padding == 3) return {};
  text.append(padding, '=');
  std::string out(text.size() / 4 * 3, '\0');
  const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                reinterpret_cast<const unsigned char*>(text.data()),
                                static_cast<int>(text.size()));
  if (n < 0) return {};
  out.resize(static_cast<std::size_t>(n) - padding);
  return out;
}

google::protobuf::Value as_json(const FieldViolations& message) {
  std::string text;
  google::protobuf::Value out;
  if (google::protobuf::util::MessageToJsonString(message, &text).ok())
    (void)google::protobuf::util::JsonStringToMessage(text, &out);
  return out;
}

}  // namespace

void add_details(const std::vector<field_violation>& violations, google::protobuf::Struct& error) {
  FieldViolations message;
  for (const auto& v : violations) {
    auto& to = *message.add_violations();
    to.set_field(v.field);
    to.set_problem(v.problem);
    to.set_remedy(v.remedy);
  }
  auto& list = *(*error.mutable_fields())["details"].mutable_list_value();
  auto& detail = *list.add_values()->mutable_struct_value()->mutable_fields();
  detail["type"].set_string_value(message.GetTypeName());
  detail["value"].set_string_value(to_base64(message.SerializeAsString()));
  detail["debug"] = as_json(message);
}

std::vector<field_violation> read_details(const google::protobuf::Struct& error) {
  std::vector<field_violation> out;
  const auto found = error.fields().find("details");
  if (found == error.fields().end()) return out;
  for (const auto& detail : found->second.list_value().values()) {
    auto fields = detail.struct_value().fields();
    if (fields["type"].string_value() != FieldViolations::descriptor()->full_name()) continue;
    const auto bytes = from_base64(fields["value"].string_value());
    FieldViolations message;
    if (!bytes || !message.ParseFromString(*bytes)) continue;
    for (const auto& v : message.violations()) out.push_back({v.field(), v.problem(), v.remedy()});
  }
  return out;
}

}  // namespace postroom::api
