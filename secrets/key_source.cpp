#include "secrets/key_source.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "secrets/private_file.hpp"

namespace postroom::secrets {
namespace {

constexpr std::size_t max_key_file = 1024;
constexpr std::array prefixes{"file:", "env:", "credential:"};

result<secure_bytes> read_file(const std::string& path, bool kept_by_systemd = false) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rb"),
                                                             &std::fclose};
  if (!file) return fail(ec::config_invalid, path + ": " + std::strerror(errno));
  struct stat found {};
  if (::fstat(::fileno(file.get()), &found) != 0)
    return fail(ec::config_invalid, path + ": cannot be read");
  if (!kept_by_systemd)
    if (auto closed = check_private(found, path); !closed) return closed.error();
  std::setvbuf(file.get(), nullptr, _IONBF, 0);  // no copy of the key in a buffer of the library
  secure_bytes text{max_key_file + 1};
  const auto got = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get())) return fail(ec::config_invalid, path + ": cannot be read");
  if (got > max_key_file) return fail(ec::config_invalid, path + ": is too long for a key");
  return parse_key(text.view().substr(0, got));
}

result<secure_bytes> from_environment(const std::string& name, const environment_fn& environment) {
  auto value = environment(name.c_str());
  if (!value) return fail(ec::config_invalid, "the environment variable is not set");
  const wiped at_the_end{*value};
  return parse_key(*value);
}

result<secure_bytes> from_credential(const std::string& name, const environment_fn& environment) {
  const auto folder = environment("CREDENTIALS_DIRECTORY");
  if (!folder)
    return fail(ec::config_invalid,
                "CREDENTIALS_DIRECTORY is not set; start the server as a systemd service with "
                "LoadCredential=" +
                    name + ":PATH");
  return read_file(*folder + "/" + name, true);  // in a folder that is closed to all others
}

result<secure_bytes> read(const std::string& reference, const environment_fn& environment) {
  if (reference.starts_with("file:")) return read_file(reference.substr(5));
  if (reference.starts_with("env:")) return from_environment(reference.substr(4), environment);
  return from_credential(reference.substr(11), environment);
}

result<void> add(key_ring& ring, const std::string& setting, const std::string& reference,
                 const environment_fn& environment) {
  if (!is_key_reference(reference))
    return fail(ec::config_invalid, setting +
                                        ": is no reference to a key; write file:PATH, env:NAME or "
                                        "credential:NAME");
  auto key = read(reference, environment);
  if (!key) return fail(ec::config_invalid, setting + ": " + reference + ": " + key.error().detail);
  return ring.add(std::move(*key));
}

}  // namespace

bool is_key_reference(const std::string& reference) {
  for (const std::string prefix : prefixes) {
    if (!reference.starts_with(prefix) || reference.size() == prefix.size()) continue;
    return prefix == "file:" || reference.find('/') == std::string::npos;
  }
  return false;
}

result<key_ring> load_keys(const std::string& newest, const std::vector<std::string>& old,
                           const environment_fn& environment) {
  key_ring ring;
  if (newest.empty()) return ring;
  if (auto added = add(ring, "secrets_key", newest, environment); !added) return added.error();
  for (std::size_t i = 0; i < old.size(); ++i)
    if (auto added = add(ring, "secrets_old_keys[" + std::to_string(i) + "]", old[i], environment);
        !added)
      return added.error();
  return ring;
}

}  // namespace postroom::secrets
