#include "secrets/redact.hpp"

#include <google/protobuf/descriptor.h>

#include <memory>
#include <vector>

#include "postroom/admin/v1/rules.pb.h"

namespace postroom::secrets {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr const char* stars = "********";

/// Texts become stars; what cannot hold stars goes.
void mask_field(Message& m, const Reflection& r, const FieldDescriptor* field) {
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return r.ClearField(&m, field);
  if (!field->is_repeated()) return r.SetString(&m, field, stars);
  for (int i = 0; i < r.FieldSize(m, field); ++i) r.SetRepeatedString(&m, field, i, stars);
}

void redact_children(Message& m, const Reflection& r, const FieldDescriptor* field) {
  if (!field->is_repeated()) return redact(*r.MutableMessage(&m, field));
  for (int i = 0; i < r.FieldSize(m, field); ++i) redact(*r.MutableRepeatedMessage(&m, field, i));
}

}  // namespace

std::string mask(std::string_view secret) {
  return secret.empty() ? "" : stars;
}

void redact(Message& message) {
  const auto& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  r.ListFields(message, &set);
  for (const auto* field : set) {
    if (field->options().GetExtension(admin::v1::sensitive))
      mask_field(message, r, field);
    else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      redact_children(message, r, field);
  }
  // A client newer than this server may have sent a secret in a field it does not know.
  r.MutableUnknownFields(&message)->Clear();
}

std::string printable(const Message& message) {
  const std::unique_ptr<Message> copy{message.New()};
  copy->CopyFrom(message);
  redact(*copy);
  return copy->ShortDebugString();
}

}  // namespace postroom::secrets
