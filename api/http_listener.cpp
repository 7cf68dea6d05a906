#include "api/http_listener.hpp"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "api/epoll_set.hpp"
#include "api/http_accept.hpp"
#include "api/http_connection.hpp"
#include "api/http_seats.hpp"
#include "api/http_workers.hpp"
#include "base/metrics.hpp"
#include "base/peer_host.hpp"

namespace postroom::api {
namespace {

using clock = http_connection::clock;
using phase = http_connection::phase;
constexpr duration pause_when_full{50};
constexpr uint64_t listening_id = 0, wake_id = 1, first_id = 2;
constexpr int accepts_in_a_row = 64;

}  // namespace

struct http_listener::impl {
  impl(int socket, http_handler h, http_limits l, tls_context t);
  ~impl() { stop(); }

  struct slot {
    slot(uint64_t id, accepted client, const tls_context& with, impl& of)
        : seat(of.seats, host_of(client.peer.address)),
          connection(id,
                     with ? channel{std::move(client.socket), accept_tls(with)}
                          : channel{std::move(client.socket)},
                     std::move(client.peer), of.front) {}
    http_seats::seat seat;
    http_connection connection;
    uint32_t watched = 0;
    bool known = false;  ///< to epoll
  };

  void run();
  void turn();
  void on_event(const epoll_event& event);
  void look_away(slot& s, const epoll_event& event);
  void accept_some();
  bool accept_one();
  bool make_room(const std::string& host);
  void admit(accepted&& client);
  void settle(http_connection& c, uint64_t id);
  void deliver();
  void expire(clock::time_point now);
  void listen_again();
  void close_intake();
  [[nodiscard]] int wait_ms() const;
  void stop();

  const int listening;
  const http_handler handler;
  const http_limits limits;
  http_front front;
  http_seats seats;
  std::unordered_map<uint64_t, slot> connections;
  uint64_t next_id = first_id;
  clock::time_point earliest = http_connection::never;
  clock::time_point listen_at = http_connection::never;  ///< accepting pauses until then
  metrics::gauge& open;

  std::mutex mutex;  ///< for the two below
  tls_context tls;
  bool stop_wanted = false;

  epoll_set sockets{wake_id};
  http_workers workers;
  std::thread thread;
};

http_listener::impl::impl(int socket, http_handler h, http_limits l, tls_context t)
    : listening(socket),
      handler(std::move(h)),
      limits(std::move(l)),
      front{handler,
            limits,
            {},
            false,
            [this](uint64_t id, http_request r) { return workers.submit(id, std::move(r)); }},
      open(metrics::get_gauge("postroom_http_connections", "Connections that are open now",
                              {{"listener", limits.name}})),
      tls(std::move(t)),
      workers(handler, limits, front.buffered, [this] { sockets.wake(); }) {
  sockets.add(listening, listening_id, EPOLLIN);
  thread = std::thread{[this] { run(); }};
}

void http_listener::impl::run() {
  // OpenSSL writes with write(2); a peer that is away must not end the process.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  pthread_setname_np(pthread_self(), limits.name.substr(0, 15).c_str());
  while (!front.stopping || !connections.empty()) turn();
}

void http_listener::impl::turn() {
  for (const auto& event : sockets.wait(wait_ms())) on_event(event);
  const auto now = clock::now();
  if (now >= earliest) expire(now);
  if (now >= listen_at) listen_again();
}

int http_listener::impl::wait_ms() const {
  const auto until = std::min(earliest, listen_at);
  if (until == http_connection::never) return -1;
  const auto left = std::chrono::ceil<duration>(until - clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

void http_listener::impl::on_event(const epoll_event& event) {
  const auto id = event.data.u64;
  if (id == listening_id) return accept_some();
  if (id == wake_id) return deliver();
  const auto at = connections.find(id);
  if (at == connections.end()) return;
  auto& c = at->second.connection;
  if (c.now() == phase::working) return look_away(at->second, event);
  c.advance();
  settle(c, id);
}

/// What comes while a request is worked on waits for its turn, a hang-up too.
void http_listener::impl::look_away(slot& s, const epoll_event& event) {
  if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) {  // these come unasked, again and again
    sockets.remove(s.connection.fd());
    s.known = false;
  } else {
    sockets.change(s.connection.fd(), event.data.u64, 0);
    s.watched = 0;
  }
}

/// Brings epoll and the clock in line with what the connection waits for now.
void http_listener::impl::settle(http_connection& c, uint64_t id) {
  if (c.now() == phase::gone) {
    connections.erase(id);
    open.set(static_cast<int64_t>(connections.size()));
    return;
  }
  earliest = std::min(earliest, c.deadline());
  auto& s = connections.at(id);
  // While a request is worked on hardly anything comes: two calls of the system saved.
  if (s.known && (c.now() == phase::working || s.watched == c.interest())) return;
  if (s.known)
    sockets.change(c.fd(), id, c.interest());
  else
    sockets.add(c.fd(), id, c.interest());
  s.known = true;
  s.watched = c.interest();
}

void http_listener::impl::accept_some() {
  for (int i = 0; i < accepts_in_a_row && !front.stopping; ++i)
    if (!accept_one()) return;
}

/// False: none is waiting, or the system has no room for one now.
bool http_listener::impl::accept_one() {
  auto client = accept_client(listening);
  if (client.socket) {
    admit(std::move(client));
    return true;
  }
  if (client.why == ECONNABORTED || client.why == EINTR) return true;
  if (client.why == EAGAIN) return false;
  // Out of descriptors or memory: the connection stays in the queue until some are free again.
  sockets.remove(listening);
  listen_at = clock::now() + pause_when_full;
  return false;
}

void http_listener::impl::listen_again() {
  listen_at = http_connection::never;
  if (!front.stopping) sockets.add(listening, listening_id, EPOLLIN);
}

/// A kept connection without a request gives way to a new one: of the same address, where that has
/// as many as it may.
bool http_listener::impl::make_room(const std::string& host) {
  const bool crowded = seats.of(host) >= limits.max_per_address;
  if (!crowded && connections.size() < limits.max_connections) return true;
  auto oldest = connections.end();
  for (auto i = connections.begin(); i != connections.end(); ++i)
    if (i->second.connection.rests() && (!crowded || i->second.seat.host() == host) &&
        (oldest == connections.end() ||
         i->second.connection.deadline() < oldest->second.connection.deadline()))
      oldest = i;
  if (oldest == connections.end()) return false;
  connections.erase(oldest);
  return true;
}

void http_listener::impl::admit(accepted&& client) {
  tls_context with;
  {
    const std::lock_guard lock{mutex};
    with = tls;
  }
  if (!make_room(host_of(client.peer.address))) {
    refuse_client(std::move(client), with ? http_response{} : handler.problem(503));
    metrics::get_counter("postroom_http_refused_total", "Requests refused for want of room",
                         {{"listener", limits.name}})
        .add();
    return;
  }
  const auto id = next_id++;
  auto [at, fresh] = connections.try_emplace(id, id, std::move(client), with, *this);
  open.set(static_cast<int64_t>(connections.size()));
  at->second.connection.advance();
  settle(at->second.connection, id);
}

/// Answers of the pool, and the wish to stop.
void http_listener::impl::deliver() {
  sockets.rest();
  for (auto& [id, response] : workers.take()) {
    const auto size = response.body.capacity();
    if (const auto at = connections.find(id); at != connections.end()) {
      auto& c = at->second.connection;
      c.answer(std::move(response));
      c.advance();
      settle(c, id);
    }
    front.buffered -= size;
  }
  const std::lock_guard lock{mutex};
  if (stop_wanted && !front.stopping) close_intake();
}

void http_listener::impl::close_intake() {
  front.stopping = true;
  sockets.remove(listening);
  for (auto i = connections.begin(); i != connections.end();) {
    auto& c = i->second.connection;
    c.stop();
    earliest = std::min(earliest, c.deadline());
    i = c.now() == phase::gone ? connections.erase(i) : std::next(i);
  }
}

void http_listener::impl::expire(clock::time_point now) {
  earliest = http_connection::never;
  std::vector<uint64_t> late;
  for (auto& [id, s] : connections)
    if (s.connection.deadline() <= now)
      late.push_back(id);
    else
      earliest = std::min(earliest, s.connection.deadline());
  for (const auto id : late) {
    auto& c = connections.at(id).connection;
    c.expire();
    settle(c, id);
  }
}

void http_listener::impl::stop() {
  {
    const std::lock_guard lock{mutex};
    if (stop_wanted) return;
    stop_wanted = true;
  }
  workers.hurry();
  sockets.wake();
  thread.join();
  workers.stop();
}

http_listener::http_listener(int socket, http_handler handler, http_limits limits, tls_context tls)
    : x_(std::make_unique<impl>(socket, std::move(handler), std::move(limits), std::move(tls))) {}

http_listener::~http_listener() {
  stop();
}

void http_listener::use_tls(tls_context tls) {
  const std::lock_guard lock{x_->mutex};
  x_->tls = std::move(tls);
}

void http_listener::stop() {
  x_->stop();
}

}  // namespace postroom::api
