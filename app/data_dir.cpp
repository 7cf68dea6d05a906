#include "app/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace postroom::app {

namespace fs = std::filesystem;

namespace {

error refusal(const std::string& dir, const std::string& why) {
  return fail(ec::config_invalid, "data_dir " + dir + ": " + why);
}

std::string reason(int number) {
  return std::generic_category().message(number);
}

}  // namespace

result<void> make_data_dir(const std::string& dir) {
  std::error_code failed;
  const bool made = fs::create_directories(dir, failed);
  if (failed) return refusal(dir, failed.message());
  std::error_code ignored;  // what cannot be looked into is not taken for ours
  const bool ours = made || fs::is_empty(dir, ignored) || fs::exists(dir + "/units", ignored);
  // Mails are in here: nobody else on this machine may read them.
  if (ours) return ::chmod(dir.c_str(), 0700) == 0 ? result<void>{} : refusal(dir, reason(errno));
  struct stat found {};
  if (::stat(dir.c_str(), &found) != 0) return refusal(dir, reason(errno));
  const bool closed = (found.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  if (closed && found.st_uid == ::geteuid()) return {};
  return refusal(dir, std::string{"holds other things and "} +
                          (closed ? "belongs to another user" : "is open to other users") +
                          "; name a folder of its own, which is made when it is not there");
}

data_dir_lock::~data_dir_lock() {
  if (fd_ >= 0) ::close(fd_);
}

result<void> data_dir_lock::take(const std::string& dir) {
  fd_ = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) return refusal(dir, reason(errno));
  // A file system without such locks leaves it to the store's own.
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return fail(ec::already_exists,
              "another postroom uses data_dir " + dir + "; stop it or name another folder");
}

}  // namespace postroom::app
