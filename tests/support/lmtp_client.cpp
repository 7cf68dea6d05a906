#include "tests/support/lmtp_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace postroom::support {
namespace {

constexpr timeval answer_time{.tv_sec = 10, .tv_usec = 0};

[[noreturn]] void give_up(const std::string& what) {
  throw std::runtime_error("LMTP: " + what +
                           (errno != 0 ? ": " + std::string{strerror(errno)} : ""));
}

std::string on_the_wire(std::string_view raw) {
  std::string out;
  out.reserve(raw.size() + raw.size() / 32 + 8);
  bool line_start = true;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (line_start && raw[i] == '.') out += '.';
    if (raw[i] == '\n' && (i == 0 || raw[i - 1] != '\r')) out += '\r';
    out += raw[i];
    line_start = raw[i] == '\n';
  }
  if (!line_start) out += "\r\n";
  return out += ".\r\n";
}

}  // namespace

lmtp_client::lmtp_client(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &answer_time, sizeof answer_time);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &answer_time, sizeof answer_time);
  try {
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      give_up("connect");
    expect('2');
    send("LHLO localhost\r\n");
    expect('2');
  } catch (...) {
    close(socket_);
    throw;
  }
}

lmtp_client::~lmtp_client() {
  close(socket_);
}

void lmtp_client::deliver(const std::string& user, std::string_view raw) {
  // Pipelined (RFC 2920): one round trip before the mail itself.
  send("MAIL FROM:<sender@example.org>\r\nRCPT TO:<" + user + "@localhost>\r\nDATA\r\n");
  expect('2');
  expect('2');
  expect('3');
  send(on_the_wire(raw));
  expect('2');
}

void lmtp_client::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) give_up("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void lmtp_client::expect(char digit) {
  std::string line;
  do {
    line = read_line();
  } while (line.size() > 3 && line[3] == '-');
  errno = 0;
  if (line.empty() || line[0] != digit) give_up("the server said " + line);
}

std::string lmtp_client::read_line() {
  std::size_t end = 0;
  while ((end = received_.find("\r\n")) == std::string::npos) {
    char chunk[1024];
    errno = 0;
    const auto got = recv(socket_, chunk, sizeof chunk, 0);
    if (got <= 0) give_up("no answer");
    received_.append(chunk, static_cast<std::size_t>(got));
  }
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 2);
  return line;
}

}  // namespace postroom::support
