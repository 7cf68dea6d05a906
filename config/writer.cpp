#include "config/writer.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <map>

namespace postroom::config {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// Whether every YAML reader takes it for this very text without quotes.
bool is_plain(const std::string& text) {
  static constexpr std::array words{"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto safe = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') ||
           std::string_view("_./@-:").find(c) != std::string_view::npos;
  };
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return !text.empty() && letter(text.front()) && text.back() != ':' &&
         std::ranges::all_of(text, safe) && std::ranges::find(words, lower) == words.end();
}

void write_text(YAML::Emitter& out, const std::string& text) {
  if (!is_plain(text)) out << YAML::DoubleQuoted;
  out << text;
}

void write_message(YAML::Emitter& out, const Message& m);

/// The field's own value, or the one at `i` of a list.
void write_value(YAML::Emitter& out, const Message& m, const FieldDescriptor& f, int i = -1) {
  const auto& r = *m.GetReflection();
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return write_message(out, i < 0 ? r.GetMessage(m, &f) : r.GetRepeatedMessage(m, &f, i));
    case FieldDescriptor::CPPTYPE_BOOL:
      out << (i < 0 ? r.GetBool(m, &f) : r.GetRepeatedBool(m, &f, i));
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      out << (i < 0 ? r.GetUInt32(m, &f) : r.GetRepeatedUInt32(m, &f, i));
      return;
    default:
      write_text(out, i < 0 ? r.GetString(m, &f) : r.GetRepeatedString(m, &f, i));
  }
}

void write_map(YAML::Emitter& out, const Message& m, const FieldDescriptor& f) {
  const auto& r = *m.GetReflection();
  std::map<std::string, std::string> entries;  // in one order, whatever order the map has
  for (int i = 0; i < r.FieldSize(m, &f); ++i) {
    const auto& e = r.GetRepeatedMessage(m, &f, i);
    const auto& type = *f.message_type();
    entries.emplace(e.GetReflection()->GetString(e, type.map_key()),
                    e.GetReflection()->GetString(e, type.map_value()));
  }
  out << YAML::BeginMap;
  for (const auto& [key, value] : entries) {
    out << YAML::Key;
    write_text(out, key);
    out << YAML::Value;
    write_text(out, value);
  }
  out << YAML::EndMap;
}

void write_list(YAML::Emitter& out, const Message& m, const FieldDescriptor& f) {
  if (f.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) out << YAML::Flow;
  out << YAML::BeginSeq;
  for (int i = 0; i < m.GetReflection()->FieldSize(m, &f); ++i) write_value(out, m, f, i);
  out << YAML::EndSeq;
}

void write_message(YAML::Emitter& out, const Message& m) {
  std::vector<const FieldDescriptor*> fields;
  m.GetReflection()->ListFields(m, &fields);
  out << YAML::BeginMap;
  for (const auto* f : fields) {
    out << YAML::Key << f->name() << YAML::Value;
    if (f->is_map())
      write_map(out, m, *f);
    else if (f->is_repeated())
      write_list(out, m, *f);
    else
      write_value(out, m, *f);
  }
  out << YAML::EndMap;
}

}  // namespace

std::string write_yaml(const Message& message) {
  YAML::Emitter out;
  write_message(out, message);
  return std::string{out.c_str()} + "\n";
}

}  // namespace postroom::config
