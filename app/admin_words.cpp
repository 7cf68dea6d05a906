#include "app/admin_words.hpp"

namespace postroom::app {

std::string trimmed(const std::string& text) {
  constexpr const char* blanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

result<bool> reason_demanded(const admin_backend& backend) {
  if (!backend.settings_now) return false;
  const auto settings = backend.settings_now();
  if (!settings) return settings.error();
  return settings->general().demand_reasons();
}

}  // namespace postroom::app
