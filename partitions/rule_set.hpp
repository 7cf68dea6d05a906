#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "partitions/handling.hpp"
#include "partitions/pattern.hpp"
#include "partitions/rule_fields.hpp"
#include "postroom/config/v1/handling.pb.h"

namespace postroom::partitions {

class mail_facts;

/// A partition's routing rules, ready to be held against mails. Immutable; any thread.
class rule_set {
 public:
  rule_set() = default;
  /// From validated rules; what is wrong in others fits no mail.
  explicit rule_set(const google::protobuf::RepeatedPtrField<config::v1::RoutingRule>& rules);

  /// Does what the rules that fit say, in order, until one says `stop`. Of a notice only those are
  /// asked that have a condition on `origin`.
  void run(mail_facts& facts, bool is_notice, handling& out) const;
  /// Names of header fields, in lower case, that the rules ask for.
  [[nodiscard]] const std::unordered_set<std::string>& headers() const { return x_headers_; }
  /// Whether any asks for names or types of attachments.
  [[nodiscard]] bool looks_at_files() const { return x_looks_at_files_; }

 private:
  enum class test { none, is, contains, matches, above, below };
  struct condition {
    mail_field field = mail_field::from;
    field_kind kind = field_kind::text;
    std::string header;  ///< in lower case
    test how = test::none;
    std::string text;  ///< folded, of is and contains
    std::optional<pattern> regex;
    std::optional<double> number;
    bool negated = false;
  };
  struct rule {
    std::string name;
    std::vector<condition> when;
    config::v1::RuleActions then;
    bool stop = false;
    bool asks_origin = false;
    std::string evidence;  ///< the conditions in words
  };

  static condition compile(const config::v1::RuleCondition& c);
  static bool holds(const condition& c, mail_facts& facts);
  static bool passes(const condition& c, mail_facts& facts);
  static void act(const rule& r, handling& out);

  std::vector<rule> x_rules_;
  std::unordered_set<std::string> x_headers_;
  bool x_looks_at_files_ = false;
};

/// A condition in words: `subject contains "printer"`.
std::string describe(const config::v1::RuleCondition& condition);

/// A number or size as conditions give it; nothing: it is none.
std::optional<double> read_amount(field_kind kind, const std::string& value);

}  // namespace postroom::partitions
