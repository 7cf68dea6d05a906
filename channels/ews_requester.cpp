#include "channels/ews_requester.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "base/backoff.hpp"
#include "channels/ews_text.hpp"
#include "channels/http_values.hpp"

namespace postroom::channels {
namespace {

using std::chrono::steady_clock;

constexpr unsigned max_tries = 3;
constexpr duration longest_wait{30'000};
constexpr duration stream_silence{180'000};  // Exchange says something every 45 s or so
constexpr duration longest_back_off_told{3'600'000};
constexpr std::size_t max_noted = 10'000;
const backoff_policy unasked_pause{duration{1'000}, duration{60'000}};

bool all_busy(const ews_requester::answer& messages) {
  return !messages.empty() && std::ranges::all_of(messages, &ews_message::busy);
}

std::optional<duration> longest_back_off(const ews_requester::answer& messages) {
  std::optional<duration> out;
  for (const auto& m : messages)
    if (m.busy && m.back_off) out = std::max(out.value_or(duration{0}), *m.back_off);
  return out;
}

/// "GetFolder" of "<m:GetFolder ...>...".
std::string operation_of(std::string_view body) {
  const auto name = body.substr(std::min(body.size(), body.find(':') + 1));
  return std::string(name.substr(0, name.find_first_of(" >/")));
}

/// What a pause holds for. Partitions may name the same server and login, so that what one is told,
/// or a server of its own tells it, must not stop another: only the same credentials share it. The
/// password itself is in no key.
std::string pause_key(const inbound_settings& settings, const std::string& url) {
  const auto& server = settings.server;
  const auto credentials =
      server.tokens ? "tokens " + std::to_string(std::bit_cast<std::uintptr_t>(server.tokens.get()))
                    : "password " + std::to_string(std::hash<std::string>{}(server.password));
  return url + "\n" + (settings.user.empty() ? server.login : settings.user) + "\n" + server.login +
         "\n" + credentials;
}

}  // namespace

struct ews_pauses::impl {
  std::mutex mutex;
  std::unordered_map<std::string, time> until;
};

ews_pauses::ews_pauses() : x_(std::make_shared<impl>()) {}

ews_pauses& ews_pauses::shared() {
  static ews_pauses all;
  return all;
}

void ews_pauses::note(const std::string& mailbox, time until) {
  const std::lock_guard lock(x_->mutex);
  if (x_->until.size() >= max_noted)
    std::erase_if(x_->until, [](const auto& e) { return e.second <= steady_clock::now(); });
  if (x_->until.size() >= max_noted && !x_->until.contains(mailbox)) return;
  auto& noted = x_->until[mailbox];
  noted = std::max(noted, until);
}

ews_pauses::time ews_pauses::until(const std::string& mailbox) {
  const std::lock_guard lock(x_->mutex);
  const auto found = x_->until.find(mailbox);
  if (found == x_->until.end()) return {};
  const auto out = found->second;
  if (out <= steady_clock::now()) x_->until.erase(found);
  return out;
}

ews_requester::ews_requester(event_loop& loop, const inbound_settings& settings, std::string url)
    : loop_(loop),
      settings_(settings),
      url_(std::move(url)),
      mailbox_(pause_key(settings, url_)),
      http_(std::make_unique<ews_http>(loop, settings.server)) {}

ews_requester::~ews_requester() {
  cancel_all();
}

ews_requester::id ews_requester::start(call c, done_fn done) {
  const id which = ++last_;
  auto& r = calls_[which];
  r.what = std::move(c);
  r.done = std::move(done);
  waiting_.push_back(which);
  // Later, so that nothing ends within this call.
  loop_.cancel(timer_);
  timer_ = loop_.after(duration{0}, [this] { pump(); });
  return which;
}

/// While the server wants no requests: waits, or refuses the calls one by one, since the end of a
/// call may be the end of `this`.
bool ews_requester::pausing() {
  const auto until = ews_pauses::shared().until(mailbox_);
  const auto left = std::chrono::ceil<duration>(until - steady_clock::now());
  if (left <= duration{0}) return false;
  if (left <= longest_wait) {
    timer_ = loop_.after(left, [this] { pump(); });
    return true;
  }
  const id which = waiting_.front();
  waiting_.pop_front();
  const auto seconds = std::to_string(std::chrono::ceil<std::chrono::seconds>(left).count());
  finish(which, fail(ec::throttled, "the server asks for a pause of " + seconds + " s more"));
  return true;
}

/// Lets calls go whose turn it is; long-lived ones take nobody's place.
void ews_requester::pump() {
  loop_.cancel(std::exchange(timer_, 0));
  if (waiting_.empty() || pausing()) return;
  const auto most = std::max(settings_.max_requests, 1U);
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    auto& r = calls_.at(*next);
    const bool counted = !r.what.on_envelope;
    if (counted && under_way_ >= most) {
      ++next;
      continue;
    }
    const id which = *next;
    next = waiting_.erase(next);
    if (counted) ++under_way_;
    send(which, r);
  }
}

http_request ews_requester::make_request(const running& r) const {
  http_request out;
  out.method = "POST";
  out.url = url_;
  out.what = operation_of(r.what.body);
  out.headers = {"Content-Type: text/xml; charset=utf-8", "Accept: text/xml",
                 "User-Agent: postroom"};
  // Tells a farm of servers where the mailbox lives.
  if (!settings_.user.empty()) out.headers.push_back("X-AnchorMailbox: " + settings_.user);
  out.body = std::make_shared<const std::string>(
      ews_text::envelope(settings_.impersonate ? settings_.user : "", r.what.body));
  out.max_bytes = r.what.max_bytes;
  if (r.what.on_envelope) {
    out.long_lived = true;
    out.request_timeout = stream_silence;
    out.max_bytes = UINT64_MAX / 2;
  }
  return out;
}

void ews_requester::send(id which, running& r) {
  ++r.tries;
  if (r.what.on_begin) r.what.on_begin();
  auto request = make_request(r);
  r.read = std::make_shared<result<void>>();
  if (r.what.on_envelope) {
    auto envelopes = std::make_shared<ews_envelopes>(r.what.on_envelope);
    request.on_bytes = [envelopes, read = r.read](std::string_view bytes) {
      if (*read) *read = envelopes->feed(bytes);
      return true;
    };
  } else {
    auto on_mime = r.what.on_mime;
    if (!on_mime) on_mime = [](std::size_t, std::string_view) {};
    r.scanner = std::make_shared<ews_scanner>(std::move(on_mime));
    request.on_bytes = [scanner = r.scanner, read = r.read,
                        may_read = r.what.may_read](std::string_view bytes) {
      if (may_read && !may_read()) return false;
      if (*read) *read = scanner->feed(bytes);
      return true;  // of a broken answer the rest is thrown away; its size is bounded
    };
  }
  r.http = http_->start(std::move(request),
                        [this, which](auto got) { on_answer(which, std::move(got)); });
}

void ews_requester::on_answer(id which, result<http_answer> got) {
  auto& r = calls_.at(which);
  r.http = 0;
  if (!r.what.on_envelope) --under_way_;
  if (!got) return finish(which, got.error());
  auto said = read(r, *got);
  if (again_later(which, r, said)) return;
  if (said && said->size() == 1 && said->front().fault) said = ews_error(said->front());
  finish(which, std::move(said));
}

result<ews_requester::answer> ews_requester::read(running& r, const http_answer& got) const {
  if (got.status < 200 || got.status > 299) return read_failure(got);
  if (!*r.read) return r.read->error();
  if (r.what.on_envelope) return answer{};
  const auto contents = r.scanner->contents();
  auto out = read_ews_answer(r.scanner->take_rest());
  if (!out) return out;
  std::size_t owned = 0;
  for (const auto& m : *out)
    for (const auto& item : m.items) owned += item.mime ? 1 : 0;
  if (owned != contents)
    return fail(ec::protocol_violation, "the answer holds a mail that belongs to no item");
  return out;
}

/// SOAP faults come with 500; 503 and 429 ask for a pause; the rest is no web service.
result<ews_requester::answer> ews_requester::read_failure(const http_answer& got) const {
  const auto status = "HTTP " + std::to_string(got.status);
  if (got.status == 503 || got.status == 429) {
    ews_message busy;
    busy.code = status;
    busy.fault = busy.busy = true;
    busy.back_off = retry_after(got.header("retry-after"), system_now());
    if (busy.back_off) busy.back_off = std::min(*busy.back_off, longest_back_off_told);
    return answer{busy};
  }
  if (got.status == 500) {
    auto fault = read_ews_answer(got.body);
    if (fault && fault->front().fault) return fault;
  }
  if (got.status >= 500) return fail(ec::server_busy, status);
  if (got.status == 404 || got.status == 405 || (got.status >= 300 && got.status <= 399))
    return fail(ec::config_invalid, status + ": there are no Exchange Web Services at this URL");
  return fail(ec::protocol_violation, status);
}

bool ews_requester::again_later(id which, running& r, const result<answer>& got) {
  if (got && std::ranges::any_of(*got, &ews_message::busy)) {
    const auto pause =
        longest_back_off(*got).value_or(backoff_delay(unasked_pause, r.tries, &system_random));
    ews_pauses::shared().note(mailbox_, steady_clock::now() + pause);
  }
  if (!got || !all_busy(*got) || r.tries >= max_tries) return false;
  waiting_.push_front(which);
  pump();
  return true;
}

void ews_requester::finish(id which, result<answer> got) {
  auto done = std::move(calls_.at(which).done);
  calls_.erase(which);
  if (!waiting_.empty() && !timer_) timer_ = loop_.after(duration{0}, [this] { pump(); });
  done(std::move(got));
}

void ews_requester::resume(id which) {
  const auto found = calls_.find(which);
  if (found != calls_.end() && found->second.http) http_->resume(found->second.http);
}

void ews_requester::cancel(id which) {
  const auto found = calls_.find(which);
  if (found == calls_.end()) return;
  if (found->second.http) {
    http_->cancel(found->second.http);
    if (!found->second.what.on_envelope) --under_way_;
  }
  std::erase(waiting_, which);
  calls_.erase(found);
  if (!waiting_.empty() && !timer_) timer_ = loop_.after(duration{0}, [this] { pump(); });
}

void ews_requester::cancel_all() {
  while (!calls_.empty()) cancel(calls_.begin()->first);
  // The last owner may be on another thread by now; then there is no timer.
  if (timer_) loop_.cancel(std::exchange(timer_, 0));
}

}  // namespace postroom::channels
