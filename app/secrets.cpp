#include "app/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "api/sockets.hpp"

#include "partitions/secret_reference.hpp"
#include "secrets/private_file.hpp"

namespace postroom::app {

namespace {

constexpr std::size_t max_secret_bytes = 16u << 10;

/// Runs on a thread that all partitions share: it may not wait for a pipe, nor read without end.
result<std::string> from_file(const std::string& path) {
  const auto refuse = [&](const std::string& why) {
    return fail(ec::config_invalid, "password file:" + path + " " + why);
  };
  const api::unique_fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
  struct stat found {};
  if (!fd || ::fstat(fd.get(), &found) != 0)
    return refuse("cannot be read: " + std::generic_category().message(errno));
  if (!S_ISREG(found.st_mode)) return refuse("is no regular file");
  if (!secrets::is_credential(path))
    if (auto closed = secrets::check_private(found, path); !closed)
      return fail(ec::config_invalid, "password file:" + closed.error().detail);
  std::string out(max_secret_bytes + 1, '\0');
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < out.size(); size += static_cast<std::size_t>(got)) {
    got = ::read(fd.get(), out.data() + size, out.size() - size);
    if (got < 0) return refuse("cannot be read: " + std::generic_category().message(errno));
  }
  if (size > max_secret_bytes) return refuse("is longer than 16 KiB");
  out.resize(size);
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
  return out;
}

class vault_names final : public actors::secret_names {
 public:
  explicit vault_names(secrets::vault& vault) : vault_(vault) {}
  std::unique_lock<std::mutex> hold() override { return vault_.hold_names(); }
  bool has(const std::string& partition, const std::string& name) const override {
    return vault_.has({partition, name});
  }
  uint64_t revision(const std::string& partition, const std::string& name) const override {
    return vault_.revision({partition, name});
  }

 private:
  secrets::vault& vault_;
};

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
  return fail(ec::config_invalid, "a password must be given as secret:NAME, env:NAME or file:PATH");
}

resolve_fn resolver_of(const secrets::vault& vault, const partition_id& partition) {
  return [&vault, partition](const std::string& reference) -> result<std::string> {
    const auto name = partitions::secret_name(reference);
    if (!name) return resolve_secret(reference);
    const auto value = vault.reveal({partition.value, *name});
    // As with any other secret that cannot be had: a person must act.
    if (!value) return fail(ec::config_invalid, value.error().detail);
    return std::string{value->view()};
  };
}

std::shared_ptr<actors::secret_names> names_of(secrets::vault& vault) {
  return std::make_shared<vault_names>(vault);
}

}  // namespace postroom::app
