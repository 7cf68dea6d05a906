#include "partitions/changes.hpp"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <utility>

#include "partitions/changes_text.hpp"

namespace postroom::partitions {
namespace {

using admin::v1::Change;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

std::string joined(const std::string& path, const std::string& field) {
  return path.empty() ? field : path + "." + field;
}

/// A name, and a number that tells items of one name apart: 1 is the first of them.
using item_key = std::pair<std::string, int>;

struct list_item {
  item_key key;
  int index = 0;
};

std::string shown_key(const item_key& key) {
  return shown_name(key.first) + (key.second > 1 ? "#" + std::to_string(key.second) : "");
}

std::string in(const std::string& path, const list_item& item) {
  return path + "[" + shown_key(item.key) + "]";
}

std::string name_of(const Message& m, const FieldDescriptor& f, int i) {
  if (f.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return value_text(m, f, i);
  const auto& item = m.GetReflection()->GetRepeatedMessage(m, &f, i);
  const auto* name = name_field(*item.GetDescriptor());
  return name ? value_text(item, *name) : "#" + std::to_string(i + 1);
}

std::vector<list_item> items_of(const Message& m, const FieldDescriptor& f) {
  std::vector<list_item> out;
  std::map<std::string, int> seen;
  const int n = m.GetReflection()->FieldSize(m, &f);
  for (int i = 0; i < n; ++i) {
    auto name = name_of(m, f, i);
    const int nth = ++seen[name];
    out.push_back({{std::move(name), nth}, i});
  }
  // The entries of a map have no order of their own.
  if (f.is_map())
    std::ranges::sort(out, [](const auto& a, const auto& b) { return a.key < b.key; });
  return out;
}

using places = std::map<item_key, int>;

places places_of(const std::vector<list_item>& items) {
  places out;
  for (const auto& item : items) out.emplace(item.key, item.index);
  return out;
}

/// The names of those items that the other list has too.
std::string shared_names(const std::vector<list_item>& items, const places& other) {
  std::string out;
  for (const auto& item : items)
    if (other.contains(item.key)) out += (out.empty() ? "" : ", ") + shown_key(item.key);
  return out;
}

/// Compares two values of one type, field by field, and notes what differs.
class comparison {
 public:
  comparison(std::string partition, change_list& out, std::size_t limit)
      : partition_(std::move(partition)), out_(out), limit_(limit) {}

  void messages(const Message& a, const Message& b, const std::string& path) {
    const auto* type = a.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) field(a, b, *type->field(i), path);
  }

  void field(const Message& a, const Message& b, const FieldDescriptor& f,
             const std::string& path) {
    const auto here = joined(path, f.name());
    if (f.is_repeated())
      list(a, b, f, here);
    else if (f.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      part(a, b, f, here);
    else
      value(a, b, f, here);
  }

  void note(Change::Kind kind, const std::string& path, std::string before, std::string after) {
    ++out_.total;
    if (out_.changes.size() >= limit_) return;
    auto& c = out_.changes.emplace_back();
    c.set_kind(kind);
    c.set_partition(partition_);
    c.set_path(path);
    c.set_before(std::move(before));
    c.set_after(std::move(after));
  }

 private:
  /// A message in a message: its fields are compared as if it were always there.
  void part(const Message& a, const Message& b, const FieldDescriptor& f, const std::string& path) {
    const auto& r = *a.GetReflection();
    const bool was = r.HasField(a, &f);
    const bool is = r.HasField(b, &f);
    if (!was && !is) return;
    const auto noted = out_.total;
    messages(r.GetMessage(a, &f), r.GetMessage(b, &f), path);
    // An empty one that came or went is a difference all the same.
    if (was != is && out_.total == noted) note(is ? Change::ADDED : Change::REMOVED, path, {}, {});
  }

  void value(const Message& a, const Message& b, const FieldDescriptor& f,
             const std::string& path) {
    // No and "not said" are one for a plain flag; for all others 0 and blank mean "not said".
    const bool always = f.cpp_type() == FieldDescriptor::CPPTYPE_BOOL && !f.has_presence();
    const bool was = always || a.GetReflection()->HasField(a, &f);
    const bool is = always || b.GetReflection()->HasField(b, &f);
    if (!was && !is) return;
    const auto before = was ? value_text(a, f) : std::string{};
    const auto after = is ? value_text(b, f) : std::string{};
    if (was && is && before == after) return;
    auto [shown, shown_after] = shown_values(before, after);
    note(!was  ? Change::ADDED
         : !is ? Change::REMOVED
               : Change::CHANGED,
         path, std::move(shown), std::move(shown_after));
  }

  void list(const Message& a, const Message& b, const FieldDescriptor& f, const std::string& path) {
    const auto before = items_of(a, f);
    const auto after = items_of(b, f);
    const auto in_before = places_of(before);
    const auto in_after = places_of(after);
    int last = -1;
    bool in_order = true;
    for (const auto& item : after) {
      const auto old = in_before.find(item.key);
      if (old == in_before.end()) {
        note(Change::ADDED, in(path, item), {}, content(b, f, item.index));
        continue;
      }
      in_order = in_order && old->second > last;
      last = old->second;
      item_of_both(a, b, f, {old->second, item.index}, in(path, item));
    }
    for (const auto& item : before)
      if (!in_after.contains(item.key))
        note(Change::REMOVED, in(path, item), content(a, f, item.index), {});
    if (!in_order && !f.is_map())
      reordered(shared_names(before, in_after), shared_names(after, in_before), path);
  }

  void reordered(const std::string& before, const std::string& after, const std::string& path) {
    auto [was, is] = shown_values(before, after);
    note(Change::REORDERED, path, std::move(was), std::move(is));
  }

  void item_of_both(const Message& a, const Message& b, const FieldDescriptor& f,
                    std::pair<int, int> index, const std::string& path) {
    if (f.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;  // a word is all name
    const auto& r = *a.GetReflection();
    const auto& old = r.GetRepeatedMessage(a, &f, index.first);
    const auto& now = r.GetRepeatedMessage(b, &f, index.second);
    if (!f.is_map()) return messages(old, now, path);
    const auto& v = *f.message_type()->map_value();
    if (v.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return part(old, now, v, path);
    const auto before = value_text(old, v);
    const auto after = value_text(now, v);
    if (before == after) return;
    auto [was, is] = shown_values(before, after);
    note(Change::CHANGED, path, std::move(was), std::move(is));
  }

  /// What an item holds beside its name. A word holds nothing else.
  static std::string content(const Message& m, const FieldDescriptor& f, int i) {
    if (f.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return {};
    const auto& item = m.GetReflection()->GetRepeatedMessage(m, &f, i);
    return f.is_map() ? shown_value(value_text(item, *f.message_type()->map_value()))
                      : summary(item);
  }

  std::string partition_;
  change_list& out_;
  std::size_t limit_;
};

using partitions_by_id = std::map<std::string, const config::v1::Partition*>;

partitions_by_id by_id(const config::v1::Settings& s) {
  partitions_by_id out;
  for (const auto& p : s.partitions()) out.emplace(p.id(), &p);
  return out;
}

std::string changed_fields(const config::v1::Partition& before,
                           const config::v1::Partition& after) {
  std::string out;
  const auto* type = config::v1::Partition::descriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    MessageDifferencer differ;
    std::vector<const FieldDescriptor*> only{type->field(i)};
    if (differ.CompareWithFields(before, after, only, only)) continue;
    if (!out.empty()) out += ", ";
    out += type->field(i)->name();
  }
  return out;
}

}  // namespace

change_list changes_between(const config::v1::Settings& before, const config::v1::Settings& after,
                            std::size_t limit) {
  change_list out;
  const auto* general = config::v1::Settings::descriptor()->FindFieldByName("general");
  comparison({}, out, limit).field(before, after, *general, {});
  const auto was = by_id(before);
  const auto is = by_id(after);
  for (const auto& [id, p] : is) {
    comparison here(id, out, limit);
    if (const auto old = was.find(id); old != was.end())
      here.messages(*old->second, *p, {});
    else
      here.note(Change::ADDED, {}, {}, summary(*p));
  }
  for (const auto& [id, p] : was)
    if (!is.contains(id)) comparison(id, out, limit).note(Change::REMOVED, {}, summary(*p), {});
  return out;
}

std::vector<std::string> differences(const config::v1::Settings& before,
                                     const config::v1::Settings& after) {
  std::vector<std::string> out;
  if (!MessageDifferencer::Equals(before.general(), after.general()))
    out.emplace_back("general settings");
  const auto was = by_id(before);
  const auto is = by_id(after);
  for (const auto& [id, p] : is) {
    const auto old = was.find(id);
    if (old == was.end())
      out.push_back("partition " + id + ": added");
    else if (auto fields = changed_fields(*old->second, *p); !fields.empty())
      out.push_back("partition " + id + ": " + fields);
  }
  for (const auto& [id, p] : was)
    if (!is.contains(id)) out.push_back("partition " + id + ": removed (its data stays on disk)");
  return out;
}

}  // namespace postroom::partitions
