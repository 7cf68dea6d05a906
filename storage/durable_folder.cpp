#include "storage/durable_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace postroom::storage {
namespace {

error failed(const char* what, const std::filesystem::path& path, int number) {
  auto code = number == ENOSPC || number == EDQUOT ? ec::no_space : ec::store_io;
  return fail(code, std::string{what} + " " + path.string() + ": " +
                        std::generic_category().message(number));
}

result<void> sync_folder(const std::filesystem::path& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed("cannot open", path, errno);
  int number = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (number != 0) return failed("cannot sync", path, number);
  return {};
}

}  // namespace

result<void> make_durable_folder(const std::filesystem::path& path) {
  std::error_code status;
  if (std::filesystem::is_directory(path, status)) return {};
  auto parent = path.parent_path();
  if (parent.empty()) parent = ".";
  if (parent != path) {
    if (auto made = make_durable_folder(parent); !made) return made;
  }
  // Mail of others: nobody but the owner of the process looks in.
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return failed("cannot make", path, errno);
  return sync_folder(parent);
}

}  // namespace postroom::storage
