#include "channels/curl_transfers.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cassert>
#include <new>

#include "channels/event_loop_internals.hpp"

namespace postroom::channels {

struct curl_transfers::multi {
  curl_transfers* owner = nullptr;
  CURLM* handle = nullptr;
  std::size_t handles = 0;
  uint64_t timer = 0;
};

namespace {

uint32_t epoll_events_of(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    case CURL_POLL_INOUT:
      return EPOLLIN | EPOLLOUT;
    default:
      return 0;
  }
}

int curl_mask_of(uint32_t events) {
  int mask = 0;
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) mask |= CURL_CSELECT_IN;
  if (events & EPOLLOUT) mask |= CURL_CSELECT_OUT;
  if (events & EPOLLERR) mask |= CURL_CSELECT_ERR;
  return mask;
}

}  // namespace

curl_transfers::curl_transfers(event_loop::impl& loop) : loop_(loop), share_(curl_share_init()) {
  if (!share_) throw std::bad_alloc();
  // One thread uses the share, so it needs no locks.
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
}

curl_transfers::~curl_transfers() {
  while (!transfers_.empty()) drop(transfers_.begin()->first);
  for (auto& m : multis_) curl_multi_cleanup(m->handle);
  curl_share_cleanup(share_);
}

void curl_transfers::start(CURL* easy, const std::string& server, done_fn done, counted count,
                           const std::string& owner) {
  auto& t = transfers_[easy];
  assert(!t.home && !t.done);
  t.server = server;
  t.lane = owner.empty() ? server : server + "\n" + owner;
  t.done = std::move(done);
  t.kind = count;
  if (count == counted::no) return begin(easy, t);
  auto& l = lanes_[t.lane];
  l.kind = count;
  l.server = server;
  l.most = count == counted::sign_in ? max_running_per_lane
           : owner.empty()           ? max_requests_per_server
                                     : max_requests_per_owner;
  if (has_room(l)) {
    begin(easy, t);
  } else {
    l.waiting.push_back(easy);
  }
}

void curl_transfers::drop(CURL* easy) {
  const auto found = transfers_.find(easy);
  if (found == transfers_.end()) return;
  transfer t = std::move(found->second);
  transfers_.erase(found);
  if (t.home) {
    curl_multi_remove_handle(t.home->handle, easy);
    --t.home->handles;
  } else {
    const auto l = lanes_.find(t.lane);
    std::erase(l->second.waiting, easy);
    if (l->second.waiting.empty() && l->second.running == 0) lanes_.erase(l);
  }
  if (t.running) end_running(t);
}

bool curl_transfers::has_room(const lane& l) const {
  if (l.running >= l.most) return false;
  if (l.kind != counted::request) return sign_ins_ < max_running;
  const auto there = at_server_.find(l.server);
  return requests_ < max_running &&
         (there == at_server_.end() || there->second < max_requests_per_server);
}

void curl_transfers::count_at_server(const transfer& t, bool more) {
  if (t.kind != counted::request) return;
  auto& running_there = at_server_[t.server];
  more ? ++running_there : --running_there;
  if (running_there == 0) at_server_.erase(t.server);
}

void curl_transfers::begin(CURL* easy, transfer& t) {
  t.home = &pick_multi(t.server);
  t.running = t.kind != counted::no;
  ++t.home->handles;
  if (t.running) {
    ++running(t.kind);
    ++lanes_[t.lane].running;
    count_at_server(t, true);
  }
  curl_multi_add_handle(t.home->handle, easy);
}

void curl_transfers::end_running(transfer& t) {
  t.running = false;
  --running(t.kind);
  count_at_server(t, false);
  const auto l = lanes_.find(t.lane);
  if (--l->second.running == 0 && l->second.waiting.empty()) lanes_.erase(l);
  begin_waiting();
}

void curl_transfers::begin_waiting() {
  // Round robin over the lanes that have room, starting behind the one served last.
  for (std::size_t tried = 0; tried <= lanes_.size(); ++tried) {
    if (lanes_.empty()) return;
    auto l = lanes_.upper_bound(last_lane_);
    if (l == lanes_.end()) l = lanes_.begin();
    last_lane_ = l->first;
    if (l->second.waiting.empty() || !has_room(l->second)) continue;
    CURL* easy = l->second.waiting.front();
    l->second.waiting.pop_front();
    begin(easy, transfers_.at(easy));
    tried = 0;
  }
}

curl_transfers::multi& curl_transfers::pick_multi(const std::string& server) {
  auto& last = last_homes_[server];
  if (last && last->handles < handles_per_multi) return *last;
  const auto free =
      std::ranges::find_if(multis_, [](const auto& m) { return m->handles < handles_per_multi; });
  if (free != multis_.end()) return *(last = free->get());
  auto m = std::make_unique<multi>();
  m->owner = this;
  m->handle = curl_multi_init();
  if (!m->handle) throw std::bad_alloc();
  curl_multi_setopt(m->handle, CURLMOPT_SOCKETFUNCTION, &curl_transfers::on_socket);
  curl_multi_setopt(m->handle, CURLMOPT_SOCKETDATA, m.get());
  curl_multi_setopt(m->handle, CURLMOPT_TIMERFUNCTION, &curl_transfers::on_timer);
  curl_multi_setopt(m->handle, CURLMOPT_TIMERDATA, m.get());
  multis_.push_back(std::move(m));
  return *(last = multis_.back().get());
}

int curl_transfers::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto* m = static_cast<multi*>(self);
  if (what == CURL_POLL_REMOVE) {
    m->owner->loop_.unwatch(fd);
  } else {
    m->owner->loop_.watch(fd, epoll_events_of(what), [m, fd](uint32_t events) {
      m->owner->act(*m, fd, curl_mask_of(events));
    });
  }
  return 0;
}

int curl_transfers::on_timer(CURLM*, long ms, void* self) {
  auto* m = static_cast<multi*>(self);
  auto& timers = m->owner->loop_.timers();
  timers.cancel(m->timer);
  m->timer = 0;
  if (ms < 0) return 0;
  m->timer = timers.add(duration{ms}, [m] {
    m->timer = 0;
    m->owner->act(*m, CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void curl_transfers::act(multi& m, curl_socket_t fd, int mask) {
  int alive = 0;
  curl_multi_socket_action(m.handle, fd, mask, &alive);
  int left = 0;
  // A done function may drop other handles; libcurl then takes their messages out of its queue.
  while (CURLMsg* message = curl_multi_info_read(m.handle, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode rc = message->data.result;
    const auto found = transfers_.find(easy);
    if (found == transfers_.end()) continue;
    const auto done = std::move(found->second.done);
    found->second.done = nullptr;
    if (found->second.running) end_running(found->second);
    if (done) done(rc);
  }
}

}  // namespace postroom::channels
