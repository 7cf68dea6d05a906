#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "partitions/routing.hpp"
#include "partitions/rule_fields.hpp"

namespace postroom::partitions {

/// What rules see of one mail. Each value is made when a rule first asks for it, once, and is
/// bounded: 256 KiB of text, 64 KiB of a header value, 20 values of one header field. One thread.
class mail_facts {
 public:
  /// `headers`: the names, in lower case, of the header fields that may be asked for.
  mail_facts(const route_input& in, std::optional<double> spam_score,
             const std::vector<std::string>& tags, const std::unordered_set<std::string>& headers);

  /// The values of a field as text; none: it is not there. `header` as above, of field header.
  const std::vector<std::string>& values(mail_field field, const std::string& header);
  /// The same in the form to compare.
  const std::vector<std::string>& folded(mail_field field, const std::string& header);
  /// The value of a field that is a number; nothing: it is not known.
  [[nodiscard]] std::optional<double> number(mail_field field) const;

  /// The header fields that fields of other names are read from.
  static const std::vector<std::string>& own_headers();
  /// A text in the form to compare values of this kind of field with.
  static std::string fold(field_kind kind, const std::string& text);

 private:
  struct texts {
    std::vector<std::string> values, folded;
    bool is_read = false, is_folded = false;
  };
  texts& slot(mail_field field, const std::string& header);
  [[nodiscard]] std::vector<std::string> read(mail_field field, const std::string& header);
  [[nodiscard]] std::vector<std::string> read_envelope(const std::vector<std::string>& names);
  [[nodiscard]] std::vector<std::string> read_language();
  const std::vector<std::string_view>& raw(const std::string& header);

  const route_input& in_;
  std::optional<double> spam_score_;
  const std::vector<std::string>& tags_;
  const std::unordered_set<std::string>& headers_;
  std::array<texts, mail_fields_count> fields_;
  std::unordered_map<std::string, texts> header_texts_;
  std::unordered_map<std::string, std::vector<std::string_view>> raw_;
  bool is_indexed_ = false;
};

}  // namespace postroom::partitions
