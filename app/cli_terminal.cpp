#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "app/cli.hpp"
#include "app/cli_typed.hpp"

namespace postroom::app {
namespace {

/// Waits; ends early, with true, when a person or the system wants the program to end.
bool interrupted_within(duration d) {
  sigset_t ends, before;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, &before);
  const timespec time{d.count() / 1000, (d.count() % 1000) * 1'000'000};
  const bool got = sigtimedwait(&ends, nullptr, &time) > 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return got;
}

}  // namespace

terminal process_terminal(std::function<int(const std::string&)> serve) {
  terminal term{std::cout, std::cerr};
  term.environment = [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>{value} : std::nullopt;
  };
  term.tty = ::isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (term.tty && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) term.width = size.ws_col;
  // https://no-color.org: set and not empty.
  term.colour = term.tty && term.environment("NO_COLOR").value_or("").empty() &&
                term.environment("TERM") != "dumb";
  const auto* who = ::getpwuid(::getuid());
  term.user = who ? who->pw_name : "uid " + std::to_string(::getuid());
  term.pause = [](duration d) { return !interrupted_within(d); };
  term.serve = std::move(serve);
  term.read_secret = read_typed_secret;
  term.ask_password = ask_on_terminal;
  return term;
}

}  // namespace postroom::app
