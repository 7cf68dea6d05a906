#include "config/convert.hpp"

#include <google/protobuf/descriptor.h>

#include <charconv>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "config/spelling.hpp"

namespace postroom::config {

namespace {

namespace pb = google::protobuf;

constexpr int max_merge_depth = 10;

std::string joined(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

std::string shown(std::string_view text) {
  const bool long_text = text.size() > 60;
  std::string s(text.substr(0, 60));
  for (char& c : s) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return "\"" + s + (long_text ? "..." : "") + "\"";
}

std::vector<std::string> field_names(const pb::Descriptor& d) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(d.field_count()));
  for (int i = 0; i < d.field_count(); ++i) names.push_back(d.field(i)->name());
  return names;
}

const char* kind_name(node_kind kind) {
  switch (kind) {
    case node_kind::null:
      return "nothing";
    case node_kind::scalar:
      return "a single value";
    case node_kind::list:
      return "a list";
    case node_kind::map:
      return "a map";
  }
  return "something else";
}

std::optional<bool> to_bool(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return {};
}

std::optional<uint32_t> to_uint32(std::string_view text) {
  uint32_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, err] = std::from_chars(text.data(), end, value);
  if (err != std::errc{} || rest != end) return {};
  return value;
}

}  // namespace

void converter::complain(unsigned line, const std::string& path, std::string what,
                         std::string remedy) {
  if (problems_.size() < max_problems) {
    problems_.push_back({file_, line, path, std::move(what), std::move(remedy)});
  } else if (problems_.size() == max_problems) {
    problems_.push_back(
        {file_, 0, "", "there are more problems than can be listed", "correct these first"});
  }
}

bool converter::spend(std::size_t bytes) {
  ++values_;
  bytes_ += bytes;
  if (exhausted_) return false;
  exhausted_ = values_ > max_expanded_values || bytes_ > max_expanded_bytes;
  if (exhausted_) complain(0, "", "the aliases expand to far too much", "use fewer aliases");
  return !exhausted_;
}

void converter::own_entries(const yaml_node& map, const std::string& path, std::vector<entry>& out,
                            std::vector<std::size_t>& merged) {
  std::unordered_map<std::string, unsigned> first_line;
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    const auto& key = at(map.children[i]);
    if (!spend(key.text.size())) return;
    if (key.kind != node_kind::scalar) {
      complain(key.line, path, std::string("a key is ") + kind_name(key.kind),
               "write keys as plain words");
    } else if (key.text == "<<") {
      merged.push_back(map.children[i + 1]);
    } else if (const auto [first, fresh] = first_line.emplace(key.text, key.line); !fresh) {
      complain(key.line, joined(path, key.text),
               "is given twice, first in line " + std::to_string(first->second),
               "keep one of the two");
    } else {
      out.push_back({key.text, map.children[i + 1], key.line});
    }
  }
}

void converter::merge_entries(std::size_t node, const std::string& path, std::vector<entry>& out,
                              int depth) {
  const auto& from = at(node);
  if (!spend(out.size())) return;  // what is merged is compared with all of it
  if (depth > max_merge_depth || (from.kind != node_kind::map && from.kind != node_kind::list)) {
    complain(from.line, path, "\"<<\" takes maps, one in another up to ten times",
             "write << : *name, where &name marks a map");
    return;
  }
  if (from.kind == node_kind::list) {
    for (const auto item : from.children) merge_entries(item, path, out, depth + 1);
    return;
  }
  std::vector<std::size_t> merged;
  std::vector<entry> more;
  own_entries(from, path, more, merged);
  std::unordered_set<std::string> known;
  for (const auto& e : out) known.insert(e.key);
  for (auto& e : more) {
    if (!known.contains(e.key)) out.push_back(std::move(e));
  }
  for (const auto next : merged) merge_entries(next, path, out, depth + 1);
}

std::vector<converter::entry> converter::entries(std::size_t map, const std::string& path) {
  std::vector<entry> all;
  std::vector<std::size_t> merged;
  own_entries(at(map), path, all, merged);
  for (const auto node : merged) merge_entries(node, path, all, 0);
  return all;
}

void converter::message(std::size_t node, pb::Message& out, const std::string& path) {
  const auto& n = at(node);
  if (n.kind == node_kind::null || !spend(0)) return;
  const auto& d = *out.GetDescriptor();
  if (n.kind != node_kind::map) {
    complain(n.line, path, std::string("must be a map, but is ") + kind_name(n.kind),
             "write lines of `key: value`; keys: " + enumerate(field_names(d)));
    return;
  }
  for (const auto& e : entries(node, path)) {
    const auto* f = d.FindFieldByName(e.key);
    if (f == nullptr) {
      complain(e.line, joined(path, e.key), "unknown key", suggest(e.key, field_names(d)));
    } else {
      field(e, *f, out, joined(path, e.key));
    }
  }
}

void converter::field(const entry& e, const field_descriptor& f, pb::Message& out,
                      const std::string& path) {
  lines_.emplace_back(path, e.line);
  if (at(e.value).kind == node_kind::null) return;  // `key:` with nothing behind: not given
  if (f.is_map()) {
    string_map(e.value, f, out, path);
  } else if (f.is_repeated()) {
    list(e.value, f, out, path);
  } else {
    single(e.value, f, out, path, false);
  }
}

void converter::list(std::size_t node, const field_descriptor& f, pb::Message& out,
                     const std::string& path) {
  const auto& n = at(node);
  if (n.kind != node_kind::list) {
    complain(n.line, path, std::string("must be a list, but is ") + kind_name(n.kind),
             "write each entry on a line of its own, after \"- \"");
    return;
  }
  for (std::size_t i = 0; i < n.children.size(); ++i) {
    if (!spend(0)) return;
    const std::string item_path = path + "[" + std::to_string(i) + "]";
    lines_.emplace_back(item_path, at(n.children[i]).line);
    single(n.children[i], f, out, item_path, true);
  }
}

void converter::string_map(std::size_t node, const field_descriptor& f, pb::Message& out,
                           const std::string& path) {
  const auto& n = at(node);
  if (n.kind != node_kind::map) {
    complain(n.line, path, std::string("must be a map, but is ") + kind_name(n.kind),
             "write lines of `name: value`");
    return;
  }
  for (const auto& e : entries(node, path)) {
    lines_.emplace_back(joined(path, e.key), e.line);
    auto* pair = out.GetReflection()->AddMessage(&out, &f);
    pair->GetReflection()->SetString(pair, f.message_type()->map_key(), e.key);
    single(e.value, *f.message_type()->map_value(), *pair, joined(path, e.key), false);
  }
}

void converter::single(std::size_t node, const field_descriptor& f, pb::Message& out,
                       const std::string& path, bool append) {
  const auto& n = at(node);
  const auto& r = *out.GetReflection();
  if (f.cpp_type() == field_descriptor::CPPTYPE_MESSAGE) {
    message(node, append ? *r.AddMessage(&out, &f) : *r.MutableMessage(&out, &f), path);
  } else if (n.kind == node_kind::scalar || n.kind == node_kind::null) {
    if (spend(n.text.size())) scalar(n, f, out, path, append);
  } else {
    complain(n.line, path, std::string("must be a single value, but is ") + kind_name(n.kind),
             "write one value behind the colon");
  }
}

void converter::scalar(const yaml_node& n, const field_descriptor& f, pb::Message& out,
                       const std::string& path, bool append) {
  const auto& r = *out.GetReflection();
  if (f.cpp_type() == field_descriptor::CPPTYPE_BOOL) {
    const auto value = to_bool(n.text);
    if (value) r.SetBool(&out, &f, *value);
    if (!value)
      complain(n.line, path, shown(n.text) + " is neither true nor false", "write true or false");
  } else if (f.cpp_type() == field_descriptor::CPPTYPE_UINT32) {
    const auto value = to_uint32(n.text);
    if (value) r.SetUInt32(&out, &f, *value);
    if (!value) {
      complain(n.line, path, shown(n.text) + " is no whole number that fits",
               "write a number from 0 to " + std::to_string(std::numeric_limits<uint32_t>::max()));
    }
  } else if (append) {
    r.AddString(&out, &f, n.text);
  } else {
    r.SetString(&out, &f, n.text);
  }
}

}  // namespace postroom::config
