#include "actors/words.hpp"

namespace postroom::actors {
namespace {

result<void> check_length(const char* field, const std::string& value, std::size_t most) {
  if (value.size() <= most) return {};
  return fail(ec::config_invalid, std::string{field} + ": it is " + std::to_string(value.size()) +
                                      " bytes long; use at most " + std::to_string(most));
}

}  // namespace

result<void> check_words(const std::string& who, const std::string& reason) {
  if (auto good = check_length("reason", reason, max_reason); !good) return good;
  return check_length("who", who, max_who);
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
}

}  // namespace postroom::actors
