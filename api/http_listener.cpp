#include "api/http_listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <mutex>
#include <set>
#include <thread>

#include "api/deadline_stream.hpp"
#include "base/bounded_pool.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"

namespace postroom::api {
namespace {

constexpr std::size_t max_head = 32u << 10;
constexpr std::size_t max_path = 256;  ///< also keeps httplib's regular expressions shallow
constexpr duration linger_limit{2'000};
constexpr duration pause_when_full{50};

void fill(httplib::Response& out, http_response&& in) {
  out.status = in.status;
  out.headers.clear();
  for (auto& [name, value] : in.headers) out.set_header(name, value);
  if (!in.content_type.empty()) out.set_header("Content-Type", in.content_type);
  out.body = std::move(in.body);
}

std::string media_type(const httplib::Request& request) {
  auto type = request.get_header_value("Content-Type");
  type.resize(std::min(type.find(';'), type.size()));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type;
}

/// The part of httplib that parses one request, routes it to us and writes the answer.
class parser final : public httplib::Server {
 public:
  parser(const http_handler& handler, const http_limits& limits)
      : handler_(handler), limits_(limits) {
    set_payload_max_length(limits.max_body);
    set_pre_routing_handler([this](const auto& in, auto& out) { return before_body(in, out); });
    Post(".*",
         [this](const auto& in, auto& out, const auto& reader) { with_body(in, out, reader); });
    set_error_handler([this](const httplib::Request&, httplib::Response& out) {
      if (out.body.empty()) fill(out, handler_.problem(out.status));
    });
  }

  void serve(httplib::Stream& stream) {
    bool closed = false;
    process_request(stream, true, closed, nullptr);
  }

 private:
  static http_request head_of(const httplib::Request& in) {
    return {in.method, in.path, media_type(in), {}, {}};
  }

  HandlerResponse before_body(const httplib::Request& in, httplib::Response& out) const {
    if (in.path.size() > max_path) {
      fill(out, handler_.problem(414));
      return HandlerResponse::Handled;
    }
    auto request = head_of(in);
    if (auto refused = handler_.refuse(request)) {
      fill(out, std::move(*refused));
      return HandlerResponse::Handled;
    }
    if (in.method == "POST") {
      if (in.get_header_value<uint64_t>("Content-Length") <= limits_.max_body)
        return HandlerResponse::Unhandled;
      fill(out, handler_.problem(413));
      return HandlerResponse::Handled;
    }
    fill(out, handler_.answer(request));
    return HandlerResponse::Handled;
  }

  /// The bound holds for what a compressed body grows to as well.
  void with_body(const httplib::Request& in, httplib::Response& out,
                 const httplib::ContentReader& reader) const {
    auto request = head_of(in);
    bool too_large = false;
    const bool whole = reader([&](const char* data, std::size_t size) {
      too_large = request.body.size() + size > limits_.max_body;
      if (!too_large) request.body.append(data, size);
      return !too_large;
    });
    if (whole)
      fill(out, handler_.answer(request));
    else
      fill(out, handler_.problem(too_large ? 413 : out.status >= 400 ? out.status : 400));
  }

  const http_handler& handler_;
  const http_limits& limits_;
};

}  // namespace

struct http_listener::impl {
  impl(int socket, http_handler h, http_limits l)
      : listening(socket),
        handler(std::move(h)),
        limits(std::move(l)),
        http(handler, limits),
        pool(limits.name, limits.threads, limits.queued),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        acceptor([this] { accept_all(); }) {}

  void accept_all();
  bool accept_one();
  void take(unique_fd client);
  void serve(int fd);
  void refuse(int fd) const;
  void stop();

  int listening;
  const http_handler handler;
  const http_limits limits;
  parser http;
  std::mutex mutex;
  bool stopping = false;
  std::set<int> active;
  metrics::counter& refused = metrics::get_counter(
      "postroom_http_refused_total", "Connections refused because all threads were busy");
  bounded_pool pool;
  unique_fd wake;
  std::thread acceptor;
};

void http_listener::impl::accept_all() {
  for (;;) {
    pollfd p[2] = {{listening, POLLIN, 0}, {wake.get(), POLLIN, 0}};
    ::poll(static_cast<pollfd*>(p), 2, -1);
    if (p[1].revents != 0) return;
    if (p[0].revents == 0) continue;
    // Out of descriptors or memory: the connection stays in the queue until some are free again.
    if (!accept_one()) ::poll(&p[1], 1, static_cast<int>(pause_when_full.count()));
  }
}

/// False: the system has no room for a connection now.
bool http_listener::impl::accept_one() {
  unique_fd client{::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (client) {
    take(std::move(client));
    return true;
  }
  const int why = errno;
  return why != EMFILE && why != ENFILE && why != ENOBUFS && why != ENOMEM;
}

void http_listener::impl::take(unique_fd client) {
  auto shared = std::make_shared<unique_fd>(std::move(client));
  if (pool.try_submit([this, shared] { serve(shared->get()); })) return;
  refused.add();
  refuse(shared->get());
}

void http_listener::impl::serve(int fd) {
  {
    const std::lock_guard lock{mutex};
    if (stopping) return;
    active.insert(fd);
  }
  deadline_stream stream{fd, limits.read_limit, limits.write_limit, max_head};
  try {
    http.serve(stream);
  } catch (const std::exception& e) {
    log::error("http_handler_threw", {{"listener", limits.name}, {"what", e.what()}});
  }
  if (!stream.timed_out()) stream.linger(linger_limit);
  const std::lock_guard lock{mutex};
  active.erase(fd);
}

/// One write that cannot block; a client that does not see it sees the connection close.
void http_listener::impl::refuse(int fd) const {
  const auto answer = handler.problem(503);
  const auto text = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: " +
                    answer.content_type +
                    "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" +
                    answer.body;
  if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
    ::shutdown(fd, SHUT_WR);
}

void http_listener::impl::stop() {
  {
    const std::lock_guard lock{mutex};
    if (stopping) return;
    stopping = true;
    for (const int fd : active) ::shutdown(fd, SHUT_RD);
  }
  const uint64_t one = 1;
  while (::write(wake.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  acceptor.join();
  pool.stop();
}

http_listener::http_listener(int socket, http_handler handler, http_limits limits)
    : x_(std::make_unique<impl>(socket, std::move(handler), std::move(limits))) {}

http_listener::~http_listener() {
  stop();
}

void http_listener::stop() {
  x_->stop();
}

}  // namespace postroom::api
