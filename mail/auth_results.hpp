#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postroom::mail {

/// "smtp.mailfrom=example.org"; the type is empty where there is no dot.
struct auth_property {
  std::string type, name, value;
  bool is_quoted = false;  ///< all of it was one quoted string, which `value` has without quotes
  bool operator==(const auth_property&) const = default;
};

/// "dkim=pass reason="good" header.d=example.org".
struct auth_result {
  std::string method, result, reason;
  std::vector<auth_property> properties;
  /// Null: there is none.
  [[nodiscard]] const auth_property* find(std::string_view type, std::string_view name) const;
  /// Its value; empty: there is none.
  [[nodiscard]] std::string_view property(std::string_view type, std::string_view name) const;
};

/// An Authentication-Results field (RFC 8601 section 2.2).
struct auth_results {
  std::string id;  ///< empty: the server gives none, as Exchange Online does
  std::vector<auth_result> results;
};

/// Names and results are in lower case, comments are gone; values may hold any bytes. What is
/// against the grammar is passed over up to the next ';'. At most 16 KiB, 100 results and 50
/// properties of each are read.
auth_results read_auth_results(std::string_view value);

/// A field value without its comments (RFC 5322 section 3.2.2), each of them a blank.
std::string without_comments(std::string_view value);

}  // namespace postroom::mail
