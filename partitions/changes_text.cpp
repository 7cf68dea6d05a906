#include "partitions/changes_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "partitions/changes.hpp"
#include "partitions/secret_reference.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t max_shown = 200;       // bytes of a value
constexpr std::size_t max_shown_name = 100;  // bytes of one name in a path
constexpr std::size_t shown_before = 40;     // bytes before the first difference of long values

/// By the name, so that a secret added to the schema later is hidden without another thought.
bool is_secret(const FieldDescriptor& field) {
  constexpr std::array words{"password", "passphrase", "secret", "token"};
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
         std::ranges::any_of(
             words, [&](const char* word) { return field.name().find(word) != std::string::npos; });
}

std::string guarded(const FieldDescriptor& field, std::string value) {
  if (value.empty() || !is_secret(field)) return value;
  const bool reference =
      value.starts_with("env:") || value.starts_with("file:") || secret_name(value).has_value();
  return reference ? value : "(hidden)";
}

std::string single_text(const Message& m, const FieldDescriptor& f) {
  const auto& r = *m.GetReflection();
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return guarded(f, r.GetString(m, &f));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r.GetBool(m, &f) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(r.GetUInt32(m, &f));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(r.GetUInt64(m, &f));
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(r.GetInt32(m, &f));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(r.GetInt64(m, &f));
    case FieldDescriptor::CPPTYPE_ENUM:
      return r.GetEnum(m, &f)->name();
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return std::to_string(r.GetDouble(m, &f));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return std::to_string(r.GetFloat(m, &f));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return summary(m.GetReflection()->GetMessage(m, &f));
}

std::string item_text(const Message& m, const FieldDescriptor& f, int i) {
  const auto& r = *m.GetReflection();
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return guarded(f, r.GetRepeatedString(m, &f, i));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r.GetRepeatedBool(m, &f, i) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(r.GetRepeatedUInt32(m, &f, i));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(r.GetRepeatedUInt64(m, &f, i));
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(r.GetRepeatedInt32(m, &f, i));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(r.GetRepeatedInt64(m, &f, i));
    case FieldDescriptor::CPPTYPE_ENUM:
      return r.GetRepeatedEnum(m, &f, i)->name();
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return std::to_string(r.GetRepeatedDouble(m, &f, i));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return std::to_string(r.GetRepeatedFloat(m, &f, i));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  const auto& item = r.GetRepeatedMessage(m, &f, i);
  const auto* name = name_field(*item.GetDescriptor());
  auto out = name ? single_text(item, *name) : "#" + std::to_string(i + 1);
  return f.is_map() ? out + ": " + single_text(item, *item.GetDescriptor()->map_value()) : out;
}

/// "[PLAIN, LOGIN]". No longer than shows: a list may hold ten thousand items.
std::string list_text(const Message& m, const FieldDescriptor& f) {
  std::vector<std::string> items;
  std::size_t bytes = 0;
  const int n = m.GetReflection()->FieldSize(m, &f);
  // The entries of a map come in another order in each process, so all are sorted.
  for (int i = 0; i < n && (bytes < max_shown || f.is_map()); ++i)
    bytes += items.emplace_back(item_text(m, f, i)).size();
  if (f.is_map()) std::ranges::sort(items);
  std::string out;
  for (const auto& item : items) {
    out += (out.empty() ? "" : ", ") + item;
    if (out.size() > max_shown) break;
  }
  return "[" + out + "]";
}

bool starts_character(std::string_view s, std::size_t at) {
  return at >= s.size() || (static_cast<unsigned char>(s[at]) & 0xC0u) != 0x80;
}

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : std::string(1, c);
  return text::visible(out);
}

}  // namespace

const FieldDescriptor* name_field(const google::protobuf::Descriptor& type) {
  const auto* first = type.FindFieldByNumber(1);
  const bool plain =
      first && !first->is_repeated() && first->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
  return plain ? first : nullptr;
}

std::string value_text(const Message& m, const FieldDescriptor& field, int index) {
  return index < 0 ? single_text(m, field) : item_text(m, field, index);
}

std::string summary(const Message& m) {
  std::vector<const FieldDescriptor*> fields;
  m.GetReflection()->ListFields(m, &fields);
  const auto* name = name_field(*m.GetDescriptor());
  std::string out;
  for (const auto* f : fields) {
    if (f == name) continue;
    if (out.size() > max_shown) break;
    out += (out.empty() ? "" : ", ") + f->name() + ": ";
    out += f->is_repeated() ? list_text(m, *f) : single_text(m, *f);
  }
  return shown_value(out);
}

std::string shown_name(std::string_view name) {
  return text::shorten(text::visible(name), max_shown_name);
}

std::string shown_value(std::string_view value) {
  return text::shorten(escaped(value), max_shown);
}

std::pair<std::string, std::string> shown_values(std::string_view before, std::string_view after) {
  const auto a = escaped(before);
  const auto b = escaped(after);
  std::size_t start = 0;
  if (a.size() > max_shown || b.size() > max_shown) {
    const auto same = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    start = same > shown_before ? same - shown_before : 0;
    while (!starts_character(a, start)) --start;
  }
  const std::string lead = start > 0 ? "…" : "";
  return {text::shorten(lead + a.substr(start), max_shown),
          text::shorten(lead + b.substr(start), max_shown)};
}

std::string render_change(const admin::v1::Change& c) {
  using admin::v1::Change;
  const bool added = c.kind() == Change::ADDED;
  const bool removed = c.kind() == Change::REMOVED;
  std::string out = added ? "+" : removed ? "-" : "~";
  if (!c.partition().empty()) out += " " + c.partition();
  if (!c.path().empty()) out += " " + c.path();
  if (added || removed) {
    const auto& value = added ? c.after() : c.before();
    return value.empty() ? out : out + ": " + value;
  }
  out += c.kind() == Change::REORDERED ? ": order " : ": ";
  return out + c.before() + " -> " + c.after();
}

}  // namespace postroom::partitions
