#include "app/admin_words.hpp"

namespace postroom::app {

std::string trimmed(const std::string& text) {
  constexpr const char* blanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

result<void> check_text(const std::string& field, const std::string& text, std::size_t most,
                        const std::string& remedy) {
  if (text.empty()) return fail(ec::config_invalid, field + ": is blank; " + remedy);
  if (text.size() > most)
    return fail(ec::config_invalid, field + ": has " + std::to_string(text.size()) +
                                        " bytes; say it in " + std::to_string(most));
  return {};
}

result<bool> reason_demanded(const admin_backend& backend) {
  if (!backend.settings_now) return false;
  const auto settings = backend.settings_now();
  if (!settings) return settings.error();
  return settings->general().demand_reasons();
}

}  // namespace postroom::app
