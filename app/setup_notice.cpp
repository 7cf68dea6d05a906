#include "app/setup_notice.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>
#include <system_error>

#include "api/sockets.hpp"

namespace postroom::app {
namespace {

constexpr const char* unused =
    "Nobody may use this node over the network yet. Within an hour, make the first principal with ";
constexpr const char* renewed =
    " (`postroom set-up`; `postroom access setup-token` makes a new one)";

/// Never through a link, nor into a file that somebody else has made.
result<void> write_new(const std::string& path, const std::string& text) {
  const api::unique_fd fd{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()))
    return {};
  return fail(ec::config_invalid,
              path + " cannot be written: " + std::generic_category().message(errno) +
                  "; `postroom access setup-token` prints a set-up token");
}

}  // namespace

setup_notice::setup_notice(access::registry& registry, const std::string& data_dir)
    : registry_(registry), path_(data_dir + "/setup-token") {
  ::unlink(path_.c_str());  // of a process that was killed: its token is void
}

setup_notice::~setup_notice() {
  if (!written_.empty()) ::unlink(path_.c_str());
}

result<void> setup_notice::announce(std::ostream& out, bool terminal) {
  const auto token = registry_.renew_setup();
  if (!token) return {};  // there are principals
  if (terminal) {
    out << unused << "this token" << renewed << ":\n\n  " << token->secret << "\n\n" << std::flush;
    return {};
  }
  if (auto done = write_new(path_, token->secret + "\n"); !done) return done;
  written_ = token->secret;
  out << unused << "the token in " << path_ << renewed << ".\n" << std::flush;
  return {};
}

void setup_notice::check() {
  if (written_.empty() || registry_.takes_setup(written_)) return;
  ::unlink(path_.c_str());
  written_.clear();
}

}  // namespace postroom::app
