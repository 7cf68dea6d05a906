#include "app/cli_secret.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace postroom::app {
namespace {

constexpr std::size_t most_secret = 4096;

/// Shows nothing that is typed while it lives.
class silence {
 public:
  explicit silence(int fd) : fd_(fd), held_(::tcgetattr(fd, &before_) == 0) {
    auto quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    held_ = held_ && ::tcsetattr(fd, TCSAFLUSH, &quiet) == 0;
  }
  ~silence() {
    if (held_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  silence(const silence&) = delete;
  silence& operator=(const silence&) = delete;
  [[nodiscard]] bool held() const { return held_; }

 private:
  int fd_;
  termios before_{};
  bool held_;
};

std::optional<std::string> read_line(int fd) {
  std::string out;
  char c = 0;
  while (out.size() < most_secret && ::read(fd, &c, 1) == 1)
    if (c == '\n')
      return out;
    else
      out += c;
  return {};
}

}  // namespace

std::optional<std::string> read_secret_from_terminal(const std::string& prompt) {
  const int fd = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (fd < 0) return {};
  std::optional<std::string> out;
  {
    const silence quiet{fd};
    if (quiet.held() && ::write(fd, prompt.data(), prompt.size()) > 0) out = read_line(fd);
    if (::write(fd, "\n", 1) != 1) out.reset();
  }
  ::close(fd);
  return out;
}

}  // namespace postroom::app
