#include "api/connect_server.hpp"

#include "api/connect_calls.hpp"
#include "api/http_listener.hpp"
#include "api/sockets.hpp"

namespace postroom::api {

struct connect_server::impl {
  explicit impl(connect_options o)
      : options(std::move(o)), calls(options.max_request, options.write_limit) {}

  http_handler handler();
  http_limits limits(const char* name) const;
  result<void> start_https(const https_options& where);

  connect_options options;
  connect_calls calls;
  std::optional<unix_listener> socket;
  std::optional<tcp_listener> tcp;
  std::optional<http_listener> local, https;
};

http_handler connect_server::impl::handler() {
  return {[this](const auto& in) { return calls.look(in); },
          [this](auto& in) { return calls.answer(in); }, connect_calls::problem};
}

http_limits connect_server::impl::limits(const char* name) const {
  return {.name = name,
          .threads = options.threads,
          .queued = options.queued,
          .max_connections = options.max_connections,
          .max_buffered = options.max_buffered,
          .head_limit = options.head_limit,
          .read_limit = options.read_limit,
          .write_limit = options.write_limit,
          .idle_limit = options.idle_limit};
}

result<void> connect_server::impl::start_https(const https_options& where) {
  const auto address = parse_listen(where.listen, where.setting);
  if (!address) return address.error();
  auto tls = load_tls(where.tls);
  if (!tls) return tls.error();
  auto bound = listen_tcp(address->first, address->second, where.setting);
  if (!bound) return bound.error();
  tcp.emplace(std::move(*bound));
  auto bounds = limits("admin-https");
  bounds.max_per_address = options.max_per_address;
  https.emplace(tcp->socket.get(), handler(), std::move(bounds), std::move(*tls));
  return {};
}

connect_server::connect_server(connect_options options)
    : x_(std::make_unique<impl>(std::move(options))) {}

connect_server::~connect_server() {
  stop();
}

void connect_server::add(const std::string& name, connect_method m) {
  x_->calls.add(name, std::move(m));
}

void connect_server::add_page(std::string path, http_page page) {
  x_->calls.add_page(std::move(path), std::move(page));
}

void connect_server::guard(head_guard g) {
  x_->calls.guard(std::move(g));
}

result<void> connect_server::start() {
  auto socket = unix_listener::open(x_->options.socket_path, x_->options.setting);
  if (!socket) return socket.error();
  if (x_->options.https)
    if (auto r = x_->start_https(*x_->options.https); !r) return r;
  x_->socket.emplace(std::move(*socket));
  x_->local.emplace(x_->socket->fd(), x_->handler(), x_->limits("admin"));
  return {};
}

uint16_t connect_server::https_port() const {
  return x_->tcp ? x_->tcp->port : 0;
}

result<void> connect_server::reload_certificates() {
  if (!x_->https) return {};
  auto tls = load_tls(x_->options.https->tls);
  if (!tls) return tls.error();
  x_->https->use_tls(std::move(*tls));
  return {};
}

void connect_server::stop() {
  x_->https.reset();
  x_->tcp.reset();
  x_->local.reset();
  x_->socket.reset();
}

}  // namespace postroom::api
