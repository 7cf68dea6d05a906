#include "partitions/rule_fields.hpp"

#include <algorithm>
#include <iterator>

namespace postroom::partitions {

namespace {

constexpr rule_field fields[] = {
    {"from", mail_field::from, field_kind::address},
    {"to", mail_field::to, field_kind::address},
    {"cc", mail_field::cc, field_kind::address},
    {"envelope_from", mail_field::envelope_from, field_kind::address},
    {"envelope_to", mail_field::envelope_to, field_kind::address},
    {"subject", mail_field::subject, field_kind::text},
    {"text", mail_field::text, field_kind::text},
    {"header", mail_field::header, field_kind::text},
    {"size", mail_field::size, field_kind::size},
    {"attachment_name", mail_field::attachment_name, field_kind::text},
    {"attachment_type", mail_field::attachment_type, field_kind::text},
    {"attachments", mail_field::attachments, field_kind::number},
    {"trust", mail_field::trust, field_kind::word},
    {"origin", mail_field::origin, field_kind::word},
    {"language", mail_field::language, field_kind::text},
    {"server", mail_field::server, field_kind::text},
    {"spam_score", mail_field::spam_score, field_kind::number},
    {"tag", mail_field::tag, field_kind::text},
};
static_assert(std::size(fields) == mail_fields_count);

}  // namespace

const rule_field* find_rule_field(std::string_view name) {
  const auto* found = std::ranges::find(fields, name, &rule_field::name);
  return found == std::end(fields) ? nullptr : found;
}

std::vector<std::string> rule_field_names() {
  std::vector<std::string> out;
  for (const auto& f : fields) out.emplace_back(f.name);
  return out;
}

std::vector<std::string> words_of(mail_field field) {
  if (field == mail_field::trust) return {"aligned", "unaligned", "unchecked"};
  return {"person", "auto_reply", "out_of_office", "report", "list", "bulk", "generated"};
}

}  // namespace postroom::partitions
