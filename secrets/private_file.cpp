#include "secrets/private_file.hpp"

#include <unistd.h>

#include <cstdlib>

namespace postroom::secrets {

result<void> check_private(const struct stat& file, const std::string& path) {
  const auto user = ::geteuid();
  const bool ours = file.st_uid == user;
  if (!ours && file.st_uid != 0)
    return fail(ec::config_invalid, path + ": holds a secret and belongs to user " +
                                        std::to_string(file.st_uid) + "; run: chown " +
                                        std::to_string(user) + " " + path);
  const mode_t unwanted = S_IRWXO | (ours ? S_IRWXG : S_IWGRP | S_IXGRP);
  if ((file.st_mode & unwanted) == 0) return {};
  return fail(ec::config_invalid,
              path + ": holds a secret and others may read or change it; run: chmod " +
                  (ours ? "600 " : "o=,g=r ") + path);
}

bool is_credential(const std::string& path) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') return false;
  return path.starts_with(std::string{folder} + "/") && path.find("/../") == std::string::npos;
}

}  // namespace postroom::secrets
