#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/auth_results.hpp"
#include "mail/trust.hpp"

namespace postroom::mail {

/// What our side wrote about a mail.
struct trusted_results {
  bool found = false;  ///< there is a field that no sender could have written, even an empty one
  std::vector<auth_result> results;
  /// Fields of a trusted id stand above a Received field that cannot be read: whether they are our
  /// own cannot be told.
  bool uncertain = false;
  std::string why_none;  ///< where none is found; for people, any bytes
};

/// The results of trusted ids (see `judge_sender`), from the top, of at most 20 fields.
trusted_results read_trusted_results(std::string_view header, const trust_settings& settings);

}  // namespace postroom::mail
