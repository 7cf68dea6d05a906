#include "app/cli_private.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "app/cli_files.hpp"
#include "secrets/private_file.hpp"

namespace postroom::app {
namespace {

error cannot_write(const std::string& path) {
  return fail(ec::config_invalid, path + " cannot be written: " + std::strerror(errno));
}

bool write_all(int fd, std::string_view rest) {
  while (!rest.empty()) {
    const auto n = ::write(fd, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(fd) == 0;
}

bool is_plain_or_missing(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) != 0 || S_ISREG(s.st_mode);
}

void make_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code ignored;  // writing the file tells
  if (folder.empty() || std::filesystem::exists(folder, ignored)) return;
  std::filesystem::create_directories(folder, ignored);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
}

}  // namespace

result<void> write_private(const std::string& path, const std::string& text) {
  if (!is_plain_or_missing(path))
    return fail(ec::config_invalid, path + " is not a plain file; name another one");
  make_folder_of(path);
  auto beside = path + ".XXXXXX";
  const int fd = ::mkostemp(beside.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) return cannot_write(path);
  const bool written = write_all(fd, text);
  const int why = errno;
  ::close(fd);
  if (written && ::rename(beside.c_str(), path.c_str()) == 0) return {};
  if (!written) errno = why;
  auto failed = cannot_write(path);
  ::unlink(beside.c_str());
  return failed;
}

result<void> write_new_private(const std::string& path, const std::string& text) {
  make_folder_of(path);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    return fail(ec::config_invalid,
                path + " is there already; name another one, or replace it with --force");
  if (fd < 0) return cannot_write(path);
  const bool written = write_all(fd, text);
  const int why = errno;
  ::close(fd);
  if (written) return {};
  errno = why;
  auto failed = cannot_write(path);
  ::unlink(path.c_str());
  return failed;
}

bool open_to_others(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 && (s.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

result<std::string> read_private(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0)  // else reading it tells
    if (auto closed = secrets::check_private(found, path); !closed) return closed.error();
  auto text = read_file(path);
  if (!text) return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  return text;
}

}  // namespace postroom::app
