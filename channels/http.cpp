#include "channels/http.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <map>
#include <new>

#include "channels/curl_status.hpp"
#include "channels/event_loop_internals.hpp"
#include "channels/http_note.hpp"

namespace postroom::channels {

namespace {

constexpr std::size_t max_error_body = 64u << 10;
constexpr std::size_t max_header_bytes = 64u << 10;
constexpr std::size_t max_headers = 200;

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

/// libcurl takes no more milliseconds.
constexpr int64_t longest_timeout = std::numeric_limits<int>::max();

/// See http_request::total_timeout.
duration total_limit(const http_request& r) {
  if (r.total_timeout.count() > 0 || r.long_lived) return r.total_timeout;
  const uint64_t bytes = r.max_bytes + (r.body ? r.body->size() : 0);
  const auto allowance = std::min<uint64_t>(bytes / 4, 24u * 3'600'000);
  return r.request_timeout + duration{static_cast<int64_t>(allowance)};
}

/// "https://host:port" of a URL: a server of curl_transfers.
std::string server_of(std::string_view url) {
  const auto host = url.find("://");
  if (host == url.npos) return std::string(url);
  return std::string(url.substr(0, url.find('/', host + 3)));
}

}  // namespace

const std::string& http_answer::header(std::string_view name) const {
  static const std::string none;
  const auto found = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
  return found == headers.end() ? none : found->second;
}

bool was_cut_off(const error& why) noexcept {
  return why.code == ec::connection_lost || why.code == ec::timeout;
}

struct http_client::exchange {
  http_request request;
  http_client::done_fn done;
  http_answer answer;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::size_t header_bytes = 0;
  uint64_t received = 0;
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  bool too_large = false;
  bool paused = false;
  std::chrono::steady_clock::time_point paused_at;
  duration waited{0};  ///< while paused, in all
  std::array<char, CURL_ERROR_SIZE> said{};

  exchange() = default;
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  ~exchange() {
    if (easy) curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }

  result<void> prepare(CURLSH* share);
  void set_body();
  void set_limits();
  void set_total_limit();
  void pause();
  void resume();
  [[nodiscard]] error failure(CURLcode rc) const;
  [[nodiscard]] bool succeeded() const { return answer.status >= 200 && answer.status < 300; }
  static std::size_t on_header(char* text, std::size_t, std::size_t n, void* self);
  static std::size_t on_body(char* bytes, std::size_t, std::size_t n, void* self);
};

result<void> http_client::exchange::prepare(CURLSH* share) {
  easy = curl_easy_init();
  if (!easy) throw std::bad_alloc();
  for (const auto& line : request.headers) {
    if (!is_one_line(line)) return fail(ec::config_invalid, "a header field holds a line end");
    headers = curl_slist_append(headers, line.c_str());
  }
  headers = curl_slist_append(headers, "Expect:");  // no round trip for 100 Continue
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_SHARE, share);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  // Else the system's authorities would be trusted beside `ca_file`.
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  if (request.auth != http_auth::none) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
                     request.auth == http_auth::basic ? CURLAUTH_BASIC : CURLAUTH_NTLM);
    curl_easy_setopt(easy, CURLOPT_USERNAME, request.login.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, request.password.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, said.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &exchange::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &exchange::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request.once ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, request.once ? 1L : 0L);
  set_body();
  set_limits();
  return {};
}

void http_client::exchange::set_body() {
  if (request.body) {  // stays where it is: libcurl copies nothing
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body->data());
  } else if (request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void http_client::exchange::set_limits() {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(request.request_timeout).count();
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::max<int64_t>(request.connect_timeout.count(), 1)));
  set_total_limit();
  // A paused transfer is not measured.
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max<int64_t>(seconds, 1)));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Else giving up on a name blocks until the resolver answers.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
}

/// libcurl counts from the beginning, pauses included.
void http_client::exchange::set_total_limit() {
  const auto most = total_limit(request).count();
  if (most <= 0) return;
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::min(most + waited.count(), longest_timeout)));
}

void http_client::exchange::pause() {
  paused = true;
  paused_at = std::chrono::steady_clock::now();
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 0L);
}

void http_client::exchange::resume() {
  if (!std::exchange(paused, false)) return;
  waited += std::chrono::ceil<duration>(std::chrono::steady_clock::now() - paused_at);
  set_total_limit();
  curl_easy_pause(easy, CURLPAUSE_CONT);
}

/// Who must not ask twice has to know whether anything of the request went out.
error http_client::exchange::failure(CURLcode rc) const {
  auto why = error_of(rc, said.data());
  long sent = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
  if (sent == 0 && (why.code == ec::timeout || why.code == ec::connection_lost))
    why.code = ec::unreachable;
  return why;
}

/// A status line begins an answer: there are several when libcurl signs in by NTLM.
std::size_t http_client::exchange::on_header(char* text, std::size_t, std::size_t n, void* self) {
  auto& x = *static_cast<exchange*>(self);
  std::string_view line(text, n);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    x.answer = {};
    x.header_bytes = 0;
    const auto space = line.find(' ');
    if (space != line.npos)
      std::from_chars(line.data() + space + 1, line.data() + line.size(), x.answer.status);
    return n;
  }
  x.header_bytes += n;
  if (x.header_bytes > max_header_bytes || x.answer.headers.size() >= max_headers) return 0;
  const auto colon = line.find(':');
  if (colon == line.npos) return n;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), to_lower);
  auto value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  x.answer.headers.emplace_back(std::move(name), value);
  return n;
}

std::size_t http_client::exchange::on_body(char* bytes, std::size_t, std::size_t n, void* self) {
  auto& x = *static_cast<exchange*>(self);
  if (!x.succeeded()) {
    x.answer.body.append(bytes, std::min(n, max_error_body - x.answer.body.size()));
    return n;
  }
  if (x.received + n > x.request.max_bytes) {
    x.too_large = true;
    return 0;
  }
  if (!x.request.on_bytes) {
    x.answer.body.append(bytes, n);
  } else if (!x.request.on_bytes({bytes, n})) {
    x.pause();
    return CURL_WRITEFUNC_PAUSE;
  }
  x.received += n;
  return n;
}

struct http_client::impl : std::enable_shared_from_this<impl> {
  explicit impl(event_loop& l) : loop(l) {}

  void finish(id which, CURLcode rc);
  void remove(id which);

  event_loop& loop;
  id last = 0;
  std::map<id, std::unique_ptr<exchange>> under_way;
};

/// Out of libcurl first, while the exchange's handle and headers live.
void http_client::impl::remove(id which) {
  const auto found = under_way.find(which);
  if (found == under_way.end()) return;
  loop.internals().transfers().drop(found->second->easy);
  under_way.erase(found);
}

void http_client::impl::finish(id which, CURLcode rc) {
  const auto self = shared_from_this();
  const auto found = under_way.find(which);
  if (found == under_way.end()) return;
  auto& x = *found->second;
  auto done = std::move(x.done);
  result<http_answer> out = std::move(x.answer);
  if (x.too_large) {
    out = fail(ec::mail_too_large,
               "the answer has more than " + std::to_string(x.request.max_bytes) + " bytes");
  } else if (rc != CURLE_OK) {
    out = x.failure(rc);
  }
  note_exchange(x.request, out, std::max<uint64_t>(x.received, out ? out->body.size() : 0),
                std::chrono::floor<duration>(std::chrono::steady_clock::now() - x.since));
  remove(which);
  if (done) done(std::move(out));
}

http_client::http_client(event_loop& loop) : x_(std::make_shared<impl>(loop)) {}

http_client::~http_client() {
  while (!x_->under_way.empty()) x_->remove(x_->under_way.begin()->first);
}

http_client::id http_client::start(http_request request, done_fn done) {
  const id which = ++x_->last;
  auto made = std::make_unique<exchange>();
  made->request = std::move(request);
  made->done = std::move(done);
  auto& transfers = x_->loop.internals().transfers();
  const auto prepared = made->prepare(transfers.share());
  auto& x = *x_->under_way.emplace(which, std::move(made)).first->second;
  if (!prepared) {
    x_->loop.after(duration{0}, [self = std::weak_ptr(x_), which, why = prepared.error()] {
      const auto client = self.lock();
      if (!client || !client->under_way.contains(which)) return;
      auto end = std::move(client->under_way.at(which)->done);
      client->remove(which);
      if (end) end(why);
    });
    return which;
  }
  const auto count =
      x.request.long_lived ? curl_transfers::counted::no : curl_transfers::counted::request;
  transfers.start(
      x.easy, server_of(x.request.url),
      [client = x_.get(), which](CURLcode rc) { client->finish(which, rc); }, count,
      x.request.owner);
  return which;
}

void http_client::resume(id which) {
  const auto found = x_->under_way.find(which);
  if (found != x_->under_way.end()) found->second->resume();
}

void http_client::cancel(id which) {
  x_->remove(which);
}

}  // namespace postroom::channels
