#include "api/http_accept.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "api/http_writer.hpp"

namespace postroom::api {
namespace {

http_peer unix_peer(int fd) {
  http_peer out{"unix", {}};
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0) out.uid = who.uid;
  return out;
}

http_peer tcp_peer(const sockaddr_storage& address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(),
                    port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {"unknown", {}};
  const bool v6 = address.ss_family == AF_INET6;
  return {(v6 ? "[" : "") + std::string{host.data()} + (v6 ? "]:" : ":") + port.data(), {}};
}

}  // namespace

accepted accept_client(int listening) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  unique_fd fd{::accept4(listening, reinterpret_cast<sockaddr*>(&address), &size,
                         SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!fd) return {{}, {}, errno};
  if (address.ss_family == AF_UNIX) {
    auto peer = unix_peer(fd.get());
    return {std::move(fd), std::move(peer), 0};
  }
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {std::move(fd), tcp_peer(address, size), 0};
}

void refuse_client(accepted client, const http_response& answer) {
  if (answer.body.empty()) return;
  const auto text = render_head(answer, false) + answer.body;
  if (::send(client.socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
    ::shutdown(client.socket.get(), SHUT_WR);
}

}  // namespace postroom::api
