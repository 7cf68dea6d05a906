#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the conditions of routing rules can look at.
namespace postroom::partitions {

enum class mail_field : uint8_t {
  from,           ///< the author's address
  to,             ///< the addresses in To
  cc,             ///< the addresses in Cc
  envelope_from,  ///< Return-Path; empty for reports
  envelope_to,    ///< Delivered-To, X-Original-To, Envelope-To
  subject,
  text,    ///< the readable body, the first 256 KiB
  header,  ///< all fields of one name
  size,    ///< bytes of the whole mail
  attachment_name,
  attachment_type,
  attachments,  ///< how many there are
  trust,
  origin,
  language,  ///< Content-Language, else what the text looks like
  server,    ///< the incoming server's name
  spam_score,
  tag,  ///< those that scanning and earlier rules gave the mail
};
inline constexpr std::size_t mail_fields_count = 18;

enum class field_kind : uint8_t { address, text, word, number, size };

struct rule_field {
  std::string_view name;
  mail_field field;
  field_kind kind;
};

/// Null: there is no such field.
const rule_field* find_rule_field(std::string_view name);
std::vector<std::string> rule_field_names();
/// What a field of kind word can be.
std::vector<std::string> words_of(mail_field field);

}  // namespace postroom::partitions
