#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "mail/call_name.hpp"

namespace postroom::mail {

/// A call that a subject names. A person can write any number: it proves nothing.
struct subject_reference {
  std::optional<partition_id> part;  ///< none: the pattern has only the number
  call_number number;
  bool operator==(const subject_reference&) const = default;
};

/// Where the number of a call stands in a subject: "[{call}]" finds "Re: [IT-000123] Printer",
/// "Call {number}:" finds "Call 123: printer".
class reply_subject {
 public:
  /// Exactly one of {call}, "IT-000123", and {number}, its digits; around it text as it is, in any
  /// case, a blank for any run of blanks. Errors: config_invalid, with what is wrong and what to
  /// write.
  static result<reply_subject> make(std::string_view pattern);

  /// The places that fit, in order, each call once and at most ten; `subject` is decoded, on one
  /// line. Others write like this, too: "[ISO-9001]".
  [[nodiscard]] std::vector<subject_reference> find(std::string_view subject) const;

 private:
  [[nodiscard]] std::optional<subject_reference> at(std::string_view subject,
                                                    std::size_t begin) const;
  std::string x_before_, x_after_;  ///< in lower case
  bool x_is_call_ = false;
};

}  // namespace postroom::mail
