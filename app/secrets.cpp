#include "app/secrets.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace postroom::app {

namespace {

constexpr std::size_t max_secret_bytes = 16u << 10;

result<std::string> from_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in) return fail(ec::config_invalid, "password file:" + path + " cannot be read");
  std::string out{std::istreambuf_iterator<char>{in}, {}};
  if (out.size() > max_secret_bytes)
    return fail(ec::config_invalid, "password file:" + path + " is too long");
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
  return out;
}

}  // namespace

result<std::string> resolve_secret(const std::string& reference) {
  if (reference.empty()) return std::string{};
  if (reference.starts_with("env:")) {
    const char* value = std::getenv(reference.c_str() + 4);
    if (!value)
      return fail(ec::config_invalid,
                  "the environment variable of password " + reference + " is not set");
    return std::string{value};
  }
  if (reference.starts_with("file:")) return from_file(reference.substr(5));
  return fail(ec::config_invalid, "a password must be given as env:NAME or file:PATH");
}

}  // namespace postroom::app
