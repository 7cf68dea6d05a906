#include <google/protobuf/io/coded_stream.h>

#include <unordered_map>

#include "partitions/checks.hpp"

namespace postroom::partitions {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t max_items = 100;            // of a list that is not named below
constexpr std::size_t max_bytes = 1024;           // of a text that is not named below
constexpr std::size_t max_subject = 998;          // RFC 5322, 2.1.1
constexpr std::size_t max_long_text = 64u << 10;  // of texts of mails and calls
constexpr std::size_t max_address = 320;          // RFC 3696, 3
constexpr std::size_t max_host = 253;             // RFC 1035, 2.3.4, as people write it
constexpr std::size_t max_rules = 2u << 20;       // bytes of all but people and servers
constexpr std::size_t max_partition = 16u << 20;  // bytes of all

struct limit {
  const char* message;
  const char* field;
  std::size_t most;  ///< items of a list, bytes of a text
};

constexpr limit list_limits[] = {
    {"Partition", "impacts", 20},
    {"Partition", "urgencies", 20},
    {"Partition", "priorities", 100},
    {"Partition", "matrix", 20},
    {"Partition", "statuses", 1'000},
    {"Partition", "streams", 1'000},
    {"Partition", "offices", 1'000},
    {"Partition", "groups", 1'000},
    {"Partition", "templates", 1'000},
    {"Partition", "screen_sets", 1'000},
    {"Partition", "people", 100'000},
    {"Partition", "incoming", 1'000},
    {"MatrixRow", "priority", 20},
    {"Partition", "rules", 500},
    {"RoutingRule", "when", 20},
    {"RuleActions", "tags", 20},
    {"SenderLists", "allow", 10'000},
    {"SenderLists", "deny", 10'000},
    {"AttachmentPolicy", "block_types", 1'000},
    {"AttachmentPolicy", "block_names", 1'000},
    {"Partition", "group_addresses", 1'000},
    {"MailTexts", "notifications", 500},
};

constexpr limit text_limits[] = {
    {"CallTemplate", "default_subject", max_subject},
    {"CallTemplate", "default_text", max_long_text},
    {"MailText", "subject", max_subject},
    {"MailText", "text", max_long_text},
    {"MailText", "html", max_long_text},
    {"GroupAddress", "address", max_address},
    {"Person", "addresses", max_address},
    {"IncomingServer", "host", max_host},
    {"IncomingServer", "default_logging_analyst", max_address},
    {"OutgoingServer", "host", max_host},
    {"OutgoingServer", "from", max_address},
    {"OutgoingServer", "reply_to", max_address},
    {"RuleActions", "forward", max_address},
    {"SenderLists", "allow", max_address},
    {"SenderLists", "deny", max_address},
};

using limit_table = std::unordered_map<const FieldDescriptor*, std::size_t>;

template <std::size_t N>
limit_table by_field(const limit (&rows)[N]) {
  const auto* pool = config::v1::Partition::descriptor()->file()->pool();
  limit_table out;
  for (const auto& row : rows) {
    const auto* message =
        pool->FindMessageTypeByName(std::string("postroom.config.v1.") + row.message);
    out[message->FindFieldByName(row.field)] = row.most;
  }
  return out;
}

std::size_t most_of(const limit_table& table, const FieldDescriptor* field, std::size_t otherwise) {
  const auto found = table.find(field);
  return found == table.end() ? otherwise : found->second;
}

/// By the schema, so that a new field has a limit from its first day.
class amounts {
 public:
  explicit amounts(findings& f) : f_(f) {}

  void walk(const Message& message, const std::string& inside) {
    const auto* reflection = message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const auto* field : fields) {
      if (field->is_repeated())
        walk_list(message, field, path_of(inside, field));
      else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
        walk(reflection->GetMessage(message, field), path_of(inside, field));
      else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
        check_text(reflection->GetStringReference(message, field, &space_), field,
                   [&] { return path_of(inside, field); });
    }
  }

 private:
  static std::string path_of(const std::string& inside, const FieldDescriptor* field) {
    return inside.empty() ? field->name() : inside + "." + field->name();
  }

  void walk_list(const Message& message, const FieldDescriptor* field, const std::string& path) {
    static const auto limits = by_field(list_limits);
    const auto* reflection = message.GetReflection();
    const int items = reflection->FieldSize(message, field);
    const auto most = most_of(limits, field, max_items);
    if (static_cast<std::size_t>(items) > most)
      return f_.add(path, "has " + std::to_string(items) + " entries",
                    "keep at most " + std::to_string(most));
    for (int i = 0; i < items; ++i)
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
        walk(reflection->GetRepeatedMessage(message, field, i), indexed(path, i));
      else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
        check_text(reflection->GetRepeatedStringReference(message, field, i, &space_), field,
                   [&] { return indexed(path, i); });
  }

  /// The path is only made for a problem: a partition may hold a million texts.
  template <class Path>
  void check_text(const std::string& value, const FieldDescriptor* field, Path path) {
    static const auto limits = by_field(text_limits);
    const auto most = most_of(limits, field, max_bytes);
    if (value.size() > most)
      f_.add(path(), "has " + std::to_string(value.size()) + " bytes",
             "shorten it to at most " + std::to_string(most));
  }

  findings& f_;
  std::string space_;  ///< for reflection
};

/// Bytes that a list adds to its message; its field has a number below 16.
template <class List>
std::size_t bytes_of(const List& list) {
  std::size_t out = 0;
  for (const auto& item : list) {
    const auto bytes = item.ByteSizeLong();
    out += 1 + google::protobuf::io::CodedOutputStream::VarintSize64(bytes) + bytes;
  }
  return out;
}

void check_bytes(findings& f, const config::v1::Partition& p) {
  const auto all = p.ByteSizeLong();
  const auto rules = all - bytes_of(p.people()) - bytes_of(p.incoming()) - bytes_of(p.outgoing());
  if (rules > max_rules)
    f.add("", "the lists, templates and texts have " + std::to_string(rules) + " bytes together",
          "shorten texts or remove templates, to at most " + std::to_string(max_rules));
  if (all > max_partition)
    f.add("", "has " + std::to_string(all) + " bytes together",
          "remove people or servers, to at most " + std::to_string(max_partition));
}

}  // namespace

bool check_amount(findings& f, const config::v1::Partition& p) {
  const auto before = f.count();
  amounts{f}.walk(p, {});
  if (f.count() == before) check_bytes(f, p);
  return f.count() == before;
}

bool check_amount(findings& f, const std::string& path, const config::v1::MailText& text) {
  const auto before = f.count();
  amounts{f}.walk(text, path);
  return f.count() == before;
}

}  // namespace postroom::partitions
