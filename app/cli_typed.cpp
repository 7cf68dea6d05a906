#include "app/cli_typed.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "secrets/secure_bytes.hpp"

namespace postroom::app {
namespace {

constexpr std::size_t max_typed = 64u << 10;
constexpr std::size_t max_line = 4096;

/// Keeps what is typed off the screen as long as it lives.
class no_echo {
 public:
  explicit no_echo(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(fd_, TCSAFLUSH, &silent) == 0;
  }
  ~no_echo() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  no_echo(const no_echo&) = delete;
  no_echo& operator=(const no_echo&) = delete;
  [[nodiscard]] bool held() const { return changed_; }

 private:
  int fd_;
  termios before_{};
  bool changed_ = false;
};

/// To the end of the line, or of the input.
result<std::string> read_input(bool one_line) {
  std::string out;
  secrets::secure_bytes buffer{4096};
  for (;;) {
    const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ec::config_invalid, "the value cannot be read from standard input");
    if (got == 0) return out;
    out.append(buffer.view().substr(0, static_cast<std::size_t>(got)));
    if (out.size() > max_typed) return fail(ec::config_invalid, "the value is too long");
    if (one_line && out.ends_with('\n')) return out;
  }
}

/// Without its end; nothing when the terminal goes away before it.
std::optional<std::string> read_line(int fd) {
  std::string out;
  char c = 0;
  while (out.size() < max_line && ::read(fd, &c, 1) == 1)
    if (c == '\n')
      return out;
    else
      out += c;
  return {};
}

}  // namespace

result<std::string> read_typed_secret(const std::string& prompt) {
  if (::isatty(STDIN_FILENO) != 1) return read_input(false);
  std::cerr << prompt << std::flush;
  const no_echo silent{STDIN_FILENO};
  auto out = read_input(true);
  std::cerr << "\n";
  return out;
}

std::optional<std::string> ask_on_terminal(const std::string& prompt) {
  const int fd = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (fd < 0) return {};
  std::optional<std::string> out;
  {
    const no_echo silent{fd};
    if (silent.held() && ::write(fd, prompt.data(), prompt.size()) > 0) out = read_line(fd);
    if (::write(fd, "\n", 1) != 1) out.reset();
  }
  ::close(fd);
  return out;
}

}  // namespace postroom::app
