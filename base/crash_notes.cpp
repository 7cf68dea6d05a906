#include "base/crash_notes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <memory>

namespace postroom {
namespace {

constexpr std::size_t max_key = 200;
constexpr std::size_t signal_stack_bytes =
    32u << 10;  // enough for the handler, which calls only write and raise
constexpr std::uintmax_t max_file_bytes =
    1u << 20;  // a file of notes this large tells nothing any more

// A line with its newline, ready for one write() in a signal handler.
struct hand {
  std::array<char, max_key + 1> line;
  std::size_t size = 0;
};
thread_local hand current;
volatile int signal_fd = -1;

// A stack overflow in a parser must still reach the handler, so it needs a stack of its own, once
// per thread. One that is there already, such as a sanitizer's, does as well. The system must have
// forgotten ours before the thread frees it.
class signal_stack {
 public:
  signal_stack() {
    stack_t now{};
    if (sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
    x_bytes_ = std::make_unique<char[]>(signal_stack_bytes);
    now.ss_sp = x_bytes_.get();
    now.ss_size = signal_stack_bytes;
    now.ss_flags = 0;
    sigaltstack(&now, nullptr);
  }
  signal_stack(const signal_stack&) = delete;
  signal_stack& operator=(const signal_stack&) = delete;
  ~signal_stack() {
    if (!x_bytes_) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    none.ss_size = signal_stack_bytes;
    sigaltstack(&none, nullptr);
  }

 private:
  std::unique_ptr<char[]> x_bytes_;
};

void give_this_thread_a_signal_stack() {
  thread_local signal_stack once;
}

extern "C" void on_fatal_signal(int number) {
  if (current.size > 0 && signal_fd >= 0) {
    auto ignored = ::write(signal_fd, current.line.data(), current.size);
    (void)ignored;
  }
  ::raise(number);  // SA_RESETHAND: now the default action, core dump included
}

}  // namespace

result<std::unique_ptr<crash_notes>> crash_notes::open(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::file_size(file, ignored) > max_file_bytes && !ignored)
    std::filesystem::resize_file(file, 0, ignored);
  std::map<std::string, unsigned> failures;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) ++failures[line];
  int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ec::store_io, file.string() + ": " + std::strerror(errno));
  std::unique_ptr<crash_notes> out{new crash_notes{fd}};
  out->failures_ = std::move(failures);
  return out;
}

crash_notes::~crash_notes() {
  if (signal_fd == fd_) signal_fd = -1;
  ::close(fd_);
}

void crash_notes::install_signal_handlers() {
  signal_fd = fd_;
  struct sigaction action {};
  action.sa_handler = on_fatal_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK | SA_NODEFER);
  for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT}) sigaction(number, &action, nullptr);
}

unsigned crash_notes::failures(const std::string& mail_key) const {
  std::lock_guard lock{mutex_};
  auto it = failures_.find(mail_key.substr(0, max_key));
  return it == failures_.end() ? 0 : it->second;
}

void crash_notes::note(const std::string& mail_key) {
  std::lock_guard lock{mutex_};
  auto key = mail_key.substr(0, max_key);
  ++failures_[key];
  auto line = key + "\n";
  auto ignored = ::write(fd_, line.data(), line.size());  // the count in memory stands in any case
  (void)ignored;
}

crash_notes::in_hand::in_hand(std::string_view mail_key) noexcept {
  give_this_thread_a_signal_stack();
  auto n = std::min(mail_key.size(), max_key);
  std::memcpy(current.line.data(), mail_key.data(), n);
  current.line[n] = '\n';
  current.size = n + 1;
}

crash_notes::in_hand::~in_hand() {
  current.size = 0;
}

}  // namespace postroom
