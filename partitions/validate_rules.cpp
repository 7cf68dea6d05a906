#include <algorithm>
#include <map>

#include "partitions/checks.hpp"
#include "partitions/pattern.hpp"
#include "partitions/rule_fields.hpp"
#include "partitions/rule_set.hpp"
#include "partitions/text.hpp"

/// Routing rules.
namespace postroom::partitions {

namespace {

using config::v1::RoutingRule;
using config::v1::RuleCondition;

constexpr std::size_t max_reason = 40, max_header_name = 100;
/// Of a partition: each may hold pattern::max_memory, and the worst takes 60 ms for the largest
/// text.
constexpr int max_patterns = 200;

/// Words of the ledger that say something else.
constexpr std::string_view taken_reasons[] = {"duplicate",
                                              "before_start",
                                              "vanished",
                                              "probe",
                                              "sender_unaligned",
                                              "server_busy",
                                              "sender_denied",
                                              "sender_not_allowed",
                                              "spam",
                                              "infected",
                                              "unscannable",
                                              "attachment_refused",
                                              "bounce",
                                              "delay",
                                              "delivered",
                                              "complaint",
                                              "receipt",
                                              "report",
                                              "auto_reply",
                                              "out_of_office"};

/// RFC 5322, 3.6.8.
bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= max_header_name &&
         std::ranges::all_of(name, [](char c) { return c > 32 && c < 127 && c != ':'; });
}

bool is_amount(field_kind kind) {
  return kind == field_kind::number || kind == field_kind::size;
}

/// The tests that a field of this kind knows.
std::vector<std::string> tests_of(field_kind kind) {
  if (is_amount(kind)) return {"is", "above", "below"};
  if (kind == field_kind::word) return {"is"};
  return {"is", "contains", "matches"};
}

/// The tests that a condition gives, with their values.
std::vector<std::pair<std::string, std::string>> tests_in(const RuleCondition& c) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out.emplace_back(name, value);
  };
  add("is", c.is());
  add("contains", c.contains());
  add("matches", c.matches());
  add("above", c.above());
  add("below", c.below());
  return out;
}

void check_header(findings& f, const std::string& path, const RuleCondition& c, bool wanted) {
  if (!wanted && !c.header().empty())
    f.add(path + ".header", "is for the field `header` only",
          "write `field: header`, or leave it out");
  else if (wanted && c.header().empty())
    f.add(path + ".header", "is missing", "name the header field, such as X-Priority");
  else if (wanted && !is_field_name(c.header()))
    f.add(path + ".header", show(c.header()) + " is no name of a header field",
          "write only the name, such as X-Priority");
}

void check_amount_value(findings& f, const std::string& path, field_kind kind,
                        const std::string& value) {
  if (read_amount(kind, value)) return;
  if (kind == field_kind::size)
    f.add(path, show(value) + " is no size", "write a size such as 512KiB or 10MiB");
  else
    f.add(path, show(value) + " is no number", "write a number such as 5 or 7.5");
}

void check_pattern(findings& f, const std::string& path, const std::string& value) {
  const auto compiled = pattern::compile(value);
  if (compiled) return;
  f.add(path, show(value) + " is no regular expression: " + compiled.error().detail,
        "correct it (syntax of RE2), or look for plain text with `contains`");
}

void check_test(findings& f, const std::string& path, const rule_field& field,
                const std::pair<std::string, std::string>& test) {
  const auto& [name, value] = test;
  const auto known = tests_of(field.kind);
  if (std::ranges::find(known, name) == known.end())
    f.add(path + "." + name, "does not go with the field " + std::string{field.name},
          one_of(known));
  else if (is_amount(field.kind))
    check_amount_value(f, path + "." + name, field.kind, value);
  else if (field.kind == field_kind::word)
    check_word(f, path + "." + name, value, words_of(field.field));
  else if (name == "matches")
    check_pattern(f, path + ".matches", value);
}

void check_condition(findings& f, const std::string& path, const RuleCondition& c) {
  const auto* field = find_rule_field(c.field());
  if (!field) {
    f.add(path + ".field", c.field().empty() ? "is missing" : show(c.field()) + " is unknown",
          one_of(rule_field_names()));
    return;
  }
  check_header(f, path, c, field->field == mail_field::header);
  const auto tests = tests_in(c);
  if (tests.empty()) f.add(path, "has no test", one_of(tests_of(field->kind)));
  if (tests.size() > 1)
    f.add(path, "has " + std::to_string(tests.size()) + " tests",
          "keep one of them; write one condition for each");
  for (const auto& test : tests) check_test(f, path, *field, test);
}

void check_reason(findings& f, const std::string& path, const std::string& word) {
  if (word.empty()) return;
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  if (word.size() > max_reason || !std::ranges::all_of(word, allowed))
    f.add(path, show(word) + " is no reason for the ledger",
          "write a word of a-z and _, at most 40 characters, such as newsletter");
  else if (std::ranges::find(taken_reasons, word) != std::end(taken_reasons) ||
           word.starts_with("mail_"))
    f.add(path, show(word) + " has a meaning of its own in the ledger", "choose another word");
}

void check_tags(findings& f, const std::string& path, const config::v1::RuleActions& then) {
  for (int i = 0; i < then.tags_size(); ++i)
    check_name(f, path + "." + indexed("tags", i), then.tags(i), max_tag_length);
}

void check_forward(findings& f, const std::string& path, const std::string& to,
                   const seen_on_system& seen) {
  if (to.empty()) return;
  check_address(f, path, to);
  const auto folded = fold_address(to);
  for (const auto& [partition, own] : seen.own) {
    if (!own.contains(folded)) continue;
    f.add_across(partition, path,
                 show(to) + " is an address that partition " + partition +
                     " reads or sends from: mails would go round",
                 "name a mailbox that Postroom does not read");
    return;
  }
}

/// What rules may give calls.
struct known_names {
  explicit known_names(const config::v1::Partition& p)
      : templates(make_named_list("templates", p.templates())),
        impacts(make_name_list("impacts", p.impacts())),
        urgencies(make_name_list("urgencies", p.urgencies())),
        groups(make_name_list("groups", p.groups())) {}
  name_list templates, impacts, urgencies, groups;
};

void check_actions(findings& f, const std::string& path, const RoutingRule& r,
                   const known_names& known, const seen_on_system& seen) {
  const auto& then = r.then();
  if (then.ByteSizeLong() == 0 && !r.stop())
    f.add(path, "does nothing", "say what is done under `then`, or set `stop: true`");
  // The matrix has a cell for each impact and urgency there is (check_matrix).
  check_reference(f, path + ".then.template", then.template_(), known.templates, true);
  check_reference(f, path + ".then.impact", then.impact(), known.impacts, true);
  check_reference(f, path + ".then.urgency", then.urgency(), known.urgencies, true);
  check_reference(f, path + ".then.group", then.group(), known.groups, true);
  check_tags(f, path + ".then", then);
  check_reason(f, path + ".then.suppress", then.suppress());
  check_reason(f, path + ".then.quarantine", then.quarantine());
  if (!then.suppress().empty() && !then.quarantine().empty())
    f.add(path + ".then", "has both `suppress` and `quarantine`", "keep one of them");
  check_forward(f, path + ".then.forward", then.forward(), seen);
}

void check_patterns(findings& f, const config::v1::Partition& p) {
  int patterns = 0;
  for (const auto& r : p.rules())
    for (const auto& c : r.when()) patterns += c.matches().empty() ? 0 : 1;
  if (patterns > max_patterns)
    f.add("rules", "have " + std::to_string(patterns) + " regular expressions together",
          "keep at most " + std::to_string(max_patterns) + "; use `contains` for plain text");
}

}  // namespace

void check_rules(findings& f, const config::v1::Partition& p, const seen_on_system& seen) {
  if (p.rules().empty()) return;
  const known_names known(p);
  std::map<std::string, int> names;
  for (int i = 0; i < p.rules_size(); ++i) {
    const auto& r = p.rules(i);
    const std::string path = indexed("rules", i);
    check_name(f, path + ".name", r.name());
    if (!r.name().empty() && !names.emplace(r.name(), i).second)
      f.add(path + ".name", show(r.name()) + " is the name of another rule too",
            "rename one of the two: hits are counted by it");
    for (int k = 0; k < r.when_size(); ++k)
      check_condition(f, path + "." + indexed("when", k), r.when(k));
    check_actions(f, path, r, known, seen);
  }
  check_patterns(f, p);
}

}  // namespace postroom::partitions
