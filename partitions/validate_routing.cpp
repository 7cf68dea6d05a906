#include <algorithm>

#include "partitions/checks.hpp"
#include "partitions/text.hpp"

/// Sender lists, attachment policy, whose spam score counts.
namespace postroom::partitions {

namespace {

constexpr uint32_t max_attachments = 1000;  // mail::parse_limits: no more are described

/// ann@example.org, @example.org, *.example.org.
bool is_entry(const std::string& entry) {
  if (entry.starts_with("*.")) return is_address("x@" + entry.substr(2));
  return is_address(entry.starts_with('@') ? "x" + entry : entry);
}

void check_entries(findings& f, const std::string& list,
                   const google::protobuf::RepeatedPtrField<std::string>& entries) {
  for (int i = 0; i < entries.size(); ++i)
    if (!is_entry(entries[i]))
      f.add(indexed(list, i), show(entries[i]) + " is no entry of a sender list",
            "write ann@example.org, @example.org for all of a domain, or *.example.org for it and "
            "all below");
}

/// type/subtype, either of them may be or hold '*'.
bool is_type(const std::string& type) {
  const auto slash = type.find('/');
  return slash != std::string::npos && slash > 0 && slash + 1 < type.size() &&
         type.find('/', slash + 1) == std::string::npos &&
         std::ranges::all_of(type, [](char c) { return c > 32 && c < 127 && c != ';'; });
}

}  // namespace

void check_senders(findings& f, const config::v1::SenderLists& lists) {
  check_entries(f, "senders.allow", lists.allow());
  check_entries(f, "senders.deny", lists.deny());
  check_word(f, "senders.denied", lists.denied(), {"quarantine", "suppress"});
  if (lists.only_allowed() && lists.allow().empty())
    f.add("senders.allow", "is empty, and `only_allowed` refuses all others",
          "list who may write, or leave `only_allowed` out");
}

void check_attachments(findings& f, const config::v1::AttachmentPolicy& policy) {
  check_size(f, "attachments.max_size", policy.max_size(), "1", "1GiB");
  if (policy.max_count() > max_attachments)
    f.add("attachments.max_count", std::to_string(policy.max_count()) + " is out of range",
          "use a value up to 1000, or leave it out for no limit");
  for (int i = 0; i < policy.block_types_size(); ++i)
    if (!is_type(policy.block_types(i)))
      f.add("attachments." + indexed("block_types", i),
            show(policy.block_types(i)) + " is no content type",
            "write a type such as application/x-msdownload or video/*");
  for (int i = 0; i < policy.block_names_size(); ++i)
    if (text::trim(policy.block_names(i)).empty())
      f.add("attachments." + indexed("block_names", i), "is blank",
            "write a form of names such as *.exe");
  check_word(f, "attachments.action", policy.action(), {"keep", "strip", "quarantine"});
}

void check_spam_border(findings& f, const config::v1::Partition& p) {
  const auto names_one = [](const auto& s) { return !s.authserv_ids().empty(); };
  if (p.scanning().spam_header().empty() || p.scanning().spam_header_anywhere() ||
      p.incoming().empty() || std::ranges::any_of(p.incoming(), names_one))
    return;
  f.add(
      "scanning.spam_header", "is never believed: no incoming server names its `authserv_ids`",
      "name them, and the `border_hosts` where those have other names: only what stands above "
      "the Received field of who takes mail from outside cannot be forged. Where the filter writes "
      "below and removes forged ones, set `spam_header_anywhere`");
}

}  // namespace postroom::partitions
