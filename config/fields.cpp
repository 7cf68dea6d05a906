#include <charconv>
#include <limits>

#include "config/spelling.hpp"
#include "config/writer.hpp"

namespace postroom::config {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::vector<std::string> names_of(const google::protobuf::Descriptor& type) {
  std::vector<std::string> out;
  out.reserve(static_cast<std::size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) out.push_back(type.field(i)->name());
  return out;
}

result<void> set_flag(Message& m, const FieldDescriptor& f, std::string_view value) {
  if (value != "true" && value != "false")
    return fail(ec::config_invalid, f.name() + ": write true or false");
  m.GetReflection()->SetBool(&m, &f, value == "true");
  return {};
}

result<void> set_number(Message& m, const FieldDescriptor& f, std::string_view value) {
  uint32_t number = 0;
  const auto* end = value.data() + value.size();
  const auto [rest, wrong] = std::from_chars(value.data(), end, number);
  if (wrong != std::errc{} || rest != end)
    return fail(ec::config_invalid, f.name() + ": write a whole number from 0 to " +
                                        std::to_string(std::numeric_limits<uint32_t>::max()));
  m.GetReflection()->SetUInt32(&m, &f, number);
  return {};
}

void set_list(Message& m, const FieldDescriptor& f, std::string_view value) {
  while (!value.empty()) {
    const auto comma = std::min(value.find(','), value.size());
    auto item = value.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    m.GetReflection()->AddString(&m, &f, std::string{item});
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

}  // namespace

result<void> set_field(Message& message, std::string_view name, std::string_view value) {
  const auto* f = message.GetDescriptor()->FindFieldByName(std::string{name});
  if (!f)
    return fail(ec::config_invalid, std::string{name} + ": there is no such field; " +
                                        suggest(name, names_of(*message.GetDescriptor())));
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
    return fail(ec::config_invalid,
                std::string{name} + ": it holds more than one value; give it in a file (-f FILE)");
  const auto& r = *message.GetReflection();
  r.ClearField(&message, f);
  if (value.empty()) return {};
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return set_flag(message, *f, value);
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_UINT32) return set_number(message, *f, value);
  if (f->is_repeated())
    set_list(message, *f, value);
  else
    r.SetString(&message, f, std::string{value});
  return {};
}

}  // namespace postroom::config
