#include "channels/clamd_session.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <new>
#include <utility>

#include "channels/curl_status.hpp"
#include "channels/event_loop_internals.hpp"

namespace postroom::channels {

namespace {

constexpr std::size_t send_budget = 256u << 10;  // bytes in a row, then others get their turn
constexpr std::size_t most_answered = 4u << 10;  // a signature's name is far shorter
constexpr duration connect_limit{10'000};

// clamd(8): "z" commands end with NUL, and so do their answers. A mail goes as one chunk: its
// length in four bytes, the most significant first; a length of zero ends it.
constexpr std::string_view instream{"zINSTREAM", sizeof "zINSTREAM"};
constexpr std::string_view ping{"zPING", sizeof "zPING"};
constexpr std::string_view end_of_mail{"\0\0\0\0", 4};

std::string length_of(std::size_t n) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(n >> shift & 0xff);
  return out;
}

}  // namespace

clamd_session::clamd_session(event_loop& loop, const clamd_settings& settings,
                             std::shared_ptr<const std::string> mail)
    : loop_(loop), settings_(settings), mail_(std::move(mail)) {
  head_ = mail_ ? instream : ping;
  if (mail_ && !mail_->empty()) head_ += length_of(mail_->size());
  parts_ = {head_, mail_ ? std::string_view{*mail_} : std::string_view{},
            mail_ ? end_of_mail : std::string_view{}};
}

clamd_session::~clamd_session() {
  close();
}

void clamd_session::start(answer_fn answer) {
  answer_ = std::move(answer);
  prepare();
  timer_ = loop_.after(settings_.timeout, [this] { on_timeout(); });
  const auto lane = "clamd:" + (settings_.socket_path.empty()
                                    ? settings_.host + ":" + std::to_string(settings_.port)
                                    : settings_.socket_path);
  loop_.internals().transfers().start(easy_, lane, [this](CURLcode rc) { connected(rc); });
}

/// The scheme is only there to make libcurl open a plain connection; not a word of HTTP is spoken.
void clamd_session::prepare() {
  easy_ = curl_easy_init();
  if (!easy_) throw std::bad_alloc();
  const bool local = !settings_.socket_path.empty();
  const bool six = settings_.host.find(':') != std::string::npos;
  const auto host = local ? "localhost" : six ? "[" + settings_.host + "]" : settings_.host;
  const auto url = "http://" + host + ":" + std::to_string(local ? 80 : settings_.port) + "/";
  curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http");
  if (local) curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, settings_.socket_path.c_str());
  curl_easy_setopt(easy_, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
  const auto limit = std::min(settings_.timeout, connect_limit);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy_, CURLOPT_SHARE, loop_.internals().transfers().share());
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, said_.data());
}

void clamd_session::connected(CURLcode rc) {
  const auto self = shared_from_this();
  if (rc != CURLE_OK) {
    auto why = error_of(rc, said_.data());
    // Which of the two time limits went by says nothing: no connection is no connection.
    if (why.code != ec::dns_failed) why.code = ec::unreachable;
    // libcurl names the host and port that stand in for a socket.
    why.detail = settings_.socket_path.empty()
                     ? "clamd: " + why.detail
                     : "clamd: no connection to the socket " + settings_.socket_path;
    return finish(std::move(why));
  }
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket);
  if (socket == CURL_SOCKET_BAD)
    return finish(fail(ec::unreachable, "clamd closed the connection"));
  fd_ = socket;
  send_some();  // at once, which ties the connection to its handle
  if (easy_) watch();
}

void clamd_session::on_event(uint32_t events) {
  const auto self = shared_from_this();
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_some();
  if (easy_ && (events & EPOLLOUT)) send_some();
  if (easy_) watch();
}

void clamd_session::send_some() {
  std::size_t budget = send_budget;
  while (!takes_no_more_ && part_ < parts_.size() && budget > 0) {
    auto& rest = parts_[part_];
    if (rest.empty()) {
      ++part_;
      continue;
    }
    std::size_t n = 0;
    const CURLcode rc = curl_easy_send(easy_, rest.data(), std::min(rest.size(), budget), &n);
    rest.remove_prefix(n);
    budget -= n;
    if (rc == CURLE_AGAIN) return;
    if (rc != CURLE_OK) takes_no_more_ = true;  // what it said before it closed is still to be read
  }
}

void clamd_session::read_some() {
  while (true) {
    auto room = loop_.internals().scratch();
    std::size_t n = 0;
    const CURLcode rc = curl_easy_recv(easy_, room.data(), room.size(), &n);
    if (rc == CURLE_AGAIN) return;
    if (rc != CURLE_OK || n == 0)
      return finish(fail(ec::connection_lost, "clamd closed the connection without an answer"));
    const std::string_view got(room.data(), n);
    const auto end = got.find('\0');
    line_.append(got.substr(0, std::min({end, got.size(), most_answered + 1})));
    if (line_.size() > most_answered)
      return finish(fail(ec::protocol_violation, "clamd answers without end"));
    if (end == got.npos) continue;
    const bool whole = std::ranges::all_of(parts_, [](auto rest) { return rest.empty(); });
    return finish(reply{std::move(line_), whole});
  }
}

void clamd_session::watch() {
  const bool sending = !takes_no_more_ && part_ < parts_.size();
  const uint32_t wanted = EPOLLIN | (sending ? EPOLLOUT : 0u);
  if (wanted == watched_) return;
  watched_ = wanted;
  loop_.internals().watch(fd_, wanted, [this](uint32_t events) { on_event(events); });
}

void clamd_session::on_timeout() {
  timer_ = 0;
  const auto limit = std::to_string(settings_.timeout.count()) + " ms";
  if (fd_ < 0) return finish(fail(ec::unreachable, "no connection to clamd within " + limit));
  finish(fail(ec::timeout, "no verdict of clamd within " + limit));
}

void clamd_session::finish(result<reply> r) {
  const auto self = shared_from_this();
  auto answer = std::exchange(answer_, nullptr);
  close();
  if (answer) answer(std::move(r));
}

void clamd_session::close() {
  answer_ = nullptr;
  if (timer_) loop_.cancel(std::exchange(timer_, 0));
  if (watched_) loop_.internals().unwatch(fd_);
  watched_ = 0;
  if (!easy_) return;
  loop_.internals().transfers().drop(easy_);
  curl_easy_cleanup(std::exchange(easy_, nullptr));
}

}  // namespace postroom::channels
