#include "partitions/rule_set.hpp"

#include <algorithm>

#include "mail/ascii.hpp"
#include "partitions/checks.hpp"
#include "partitions/mail_facts.hpp"
#include "partitions/spam_score.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_evidence = 300;

/// "is not" reads better than "not is".
std::string verb(const char* word, bool negated) {
  const std::string plain = word;
  if (!negated) return " " + plain + " ";
  if (plain == "is") return " is not ";
  if (plain == "contains") return " does not contain ";
  if (plain == "matches") return " does not match ";
  return " is not " + plain + " ";
}

std::string describe_all(const config::v1::RoutingRule& r) {
  if (r.when().empty()) return "it is for every mail";
  std::string out;
  for (const auto& c : r.when()) out += (out.empty() ? "" : ", ") + describe(c);
  return text::shorten(out, max_evidence);
}

std::string in_quotes(const std::string& name) {
  return "\"" + name + "\"";
}

void add_once(std::vector<std::string>& list, const std::string& value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(value);
}

void choose(handling::choice& what, const std::string& value, const std::string& rule) {
  if (!value.empty()) what = {value, rule};
}

}  // namespace

std::string describe(const config::v1::RuleCondition& c) {
  std::string subject = c.field() == "header" ? "header " + c.header() : c.field();
  const std::pair<const char*, const std::string*> tests[] = {{"is", &c.is()},
                                                              {"contains", &c.contains()},
                                                              {"matches", &c.matches()},
                                                              {"above", &c.above()},
                                                              {"below", &c.below()}};
  for (const auto& [word, value] : tests)
    if (!value->empty()) return subject + verb(word, c.not_()) + show(*value);
  return subject;
}

std::optional<double> read_amount(field_kind kind, const std::string& value) {
  if (kind == field_kind::number) return read_decimal(value);
  const auto bytes = parse_size(value);
  return bytes ? std::optional(static_cast<double>(*bytes)) : std::nullopt;
}

rule_set::rule_set(const google::protobuf::RepeatedPtrField<config::v1::RoutingRule>& rules) {
  for (const auto& r : rules) {
    if (r.disabled()) continue;
    rule made{r.name(), {}, r.then(), r.stop(), false, describe_all(r)};
    for (const auto& c : r.when()) made.when.push_back(compile(c));
    for (const auto& c : made.when) {
      if (c.field == mail_field::header) x_headers_.insert(c.header);
      made.asks_origin |= c.field == mail_field::origin;
      x_looks_at_files_ = x_looks_at_files_ || c.field == mail_field::attachment_name ||
                          c.field == mail_field::attachment_type;
    }
    x_rules_.push_back(std::move(made));
  }
  x_headers_.insert(mail_facts::own_headers().begin(), mail_facts::own_headers().end());
}

rule_set::condition rule_set::compile(const config::v1::RuleCondition& c) {
  condition out;
  const auto* field = find_rule_field(c.field());
  if (!field) return out;
  out.field = field->field;
  out.kind = field->kind;
  out.header = mail::lowered(c.header());
  out.negated = c.not_();
  const bool is_amount = out.kind == field_kind::number || out.kind == field_kind::size;
  if (!c.is().empty())
    out.how = test::is, out.text = mail_facts::fold(out.kind, c.is());
  else if (!c.contains().empty())
    out.how = test::contains, out.text = mail_facts::fold(out.kind, c.contains());
  else if (!c.above().empty())
    out.how = test::above;
  else if (!c.below().empty())
    out.how = test::below;
  if (is_amount) out.number = read_amount(out.kind, c.is() + c.above() + c.below());
  if (c.matches().empty()) return out;
  if (auto regex = pattern::compile(c.matches()))
    out.how = test::matches, out.regex = std::move(*regex);
  return out;
}

bool rule_set::passes(const condition& c, mail_facts& facts) {
  if (c.kind == field_kind::number || c.kind == field_kind::size) {
    const auto value = facts.number(c.field);
    if (!value || !c.number) return false;
    if (c.how == test::above) return *value > *c.number;
    if (c.how == test::below) return *value < *c.number;
    return *value == *c.number;
  }
  if (c.how == test::matches)
    return std::ranges::any_of(facts.values(c.field, c.header),
                               [&](const std::string& v) { return c.regex->found_in(v); });
  return std::ranges::any_of(facts.folded(c.field, c.header), [&](const std::string& v) {
    return c.how == test::is ? v == c.text : v.find(c.text) != std::string::npos;
  });
}

bool rule_set::holds(const condition& c, mail_facts& facts) {
  return c.how != test::none && passes(c, facts) != c.negated;
}

void rule_set::act(const rule& r, handling& out) {
  out.rules.push_back(r.name);
  out.notes.push_back("The routing rule " + in_quotes(r.name) + " fitted: " + r.evidence + ".");
  choose(out.call_template, r.then.template_(), r.name);
  choose(out.impact, r.then.impact(), r.name);
  choose(out.urgency, r.then.urgency(), r.name);
  choose(out.group, r.then.group(), r.name);
  for (const auto& tag : r.then.tags()) add_once(out.tags, tag);
  if (!r.then.forward().empty()) add_once(out.forward, r.then.forward());
  const bool suppress = !r.then.suppress().empty();
  if (!suppress && r.then.quarantine().empty()) return;
  out.what = suppress ? handling::kind::suppress : handling::kind::quarantine;
  out.reason = suppress ? r.then.suppress() : r.then.quarantine();
  out.detail = "the routing rule " + in_quotes(r.name) + " says so: " + r.evidence;
}

void rule_set::run(mail_facts& facts, bool is_notice, handling& out) const {
  for (const auto& r : x_rules_) {
    if (is_notice && !r.asks_origin) continue;
    if (!std::ranges::all_of(r.when, [&](const condition& c) { return holds(c, facts); })) continue;
    act(r, out);
    if (!r.stop) continue;
    out.stopped_by = r.name;
    return;
  }
}

}  // namespace postroom::partitions
