#include "api/channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace postroom::api {
namespace {

channel::status of_errno(channel::status would_block) {
  return errno == EAGAIN || errno == EWOULDBLOCK ? would_block : channel::status::closed;
}

}  // namespace

channel::channel(unique_fd socket, tls_session tls)
    : socket_(std::move(socket)), ssl_(std::move(tls)) {
  broken_ = !ssl_ || SSL_set_fd(ssl_.get(), socket_.get()) != 1;
}

channel::status channel::status_of(int returned) {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return status::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return status::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return status::closed;
    default:
      broken_ = true;  // nothing may be said on it any more, not even goodbye
      return status::closed;
  }
}

channel::status channel::handshake() {
  if (broken_) return status::closed;
  if (!ssl_) return status::done;
  ERR_clear_error();
  const int n = SSL_do_handshake(ssl_.get());
  return n == 1 ? status::done : status_of(n);
}

channel::moved channel::read(char* to, std::size_t size) {
  if (broken_) return {};
  if (ssl_) {
    std::size_t n = 0;
    ERR_clear_error();
    const int ok = SSL_read_ex(ssl_.get(), to, size, &n);
    return ok == 1 ? moved{status::done, n} : moved{status_of(ok), 0};
  }
  for (;;) {
    const auto n = ::recv(fd(), to, size, 0);
    if (n > 0) return {status::done, static_cast<std::size_t>(n)};
    if (n == 0) return {};
    if (errno != EINTR) return {of_errno(status::wants_read), 0};
  }
}

channel::moved channel::write(std::string_view from) {
  if (broken_) return {};
  if (ssl_) {
    std::size_t n = 0;
    ERR_clear_error();
    const int ok = SSL_write_ex(ssl_.get(), from.data(), from.size(), &n);
    return ok == 1 ? moved{status::done, n} : moved{status_of(ok), 0};
  }
  for (;;) {
    const auto n = ::send(fd(), from.data(), from.size(), MSG_NOSIGNAL);
    if (n >= 0) return {status::done, static_cast<std::size_t>(n)};
    if (errno != EINTR) return {of_errno(status::wants_write), 0};
  }
}

void channel::finish() {
  ERR_clear_error();
  if (ssl_ && !broken_ && SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
  ::shutdown(fd(), SHUT_WR);
}

channel::status channel::discard() {
  std::array<char, 16384> buffer;
  for (;;) {
    const auto n = ::recv(fd(), buffer.data(), buffer.size(), 0);
    if (n > 0) return status::done;
    if (n == 0) return status::closed;
    if (errno != EINTR) return of_errno(status::wants_read);
  }
}

std::string channel::client_subject() const {
  if (!ssl_ || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
  const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  return certificate ? subject_of(*certificate) : std::string{};
}

}  // namespace postroom::api
