#include "partitions/pattern.hpp"

#include <re2/re2.h>

#include <utility>

namespace postroom::partitions {

result<pattern> pattern::compile(const std::string& expression) {
  re2::RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_max_mem(static_cast<int64_t>(max_memory));
  options.set_never_capture(true);
  auto compiled = std::make_shared<const re2::RE2>(expression, options);
  if (!compiled->ok()) return fail(ec::config_invalid, compiled->error());
  return pattern(std::move(compiled));
}

bool pattern::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch({text.data(), text.size()}, *x_compiled_);
}

}  // namespace postroom::partitions
