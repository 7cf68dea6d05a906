#include "channels/event_loop_internals.hpp"
#include "channels/oauth.hpp"

namespace postroom::channels {

namespace {

/// The HTTP client of a world: made at the first request, gone when the loop ends.
struct shared_http {
  explicit shared_http(event_loop& l) : loop(l) {}
  event_loop& loop;
  std::unique_ptr<http_client> client;
  bool over = false;
};

http_client::id ask(const std::shared_ptr<shared_http>& http, http_request request,
                    http_client::done_fn done) {
  if (http->over) return 0;
  if (!http->client) {
    http->client = std::make_unique<http_client>(http->loop);
    http->loop.internals().on_stop([http] {
      http->over = true;
      http->client.reset();
    });
  }
  return http->client->start(std::move(request), std::move(done));
}

}  // namespace

oauth_world make_oauth_world(event_loop& loop) {
  const auto http = std::make_shared<shared_http>(loop);
  oauth_world out;
  out.post = [&loop](std::function<void()> fn) { return loop.post(std::move(fn)); };
  out.after = [&loop](duration d, std::function<void()> fn) {
    return loop.after(d, std::move(fn));
  };
  out.cancel = [&loop](uint64_t timer) { loop.cancel(timer); };
  out.ask = [http](http_request r, http_client::done_fn done) {
    return channels::ask(http, std::move(r), std::move(done));
  };
  out.give_up = [http](http_client::id id) {
    if (http->client) http->client->cancel(id);
  };
  out.on_stop = [&loop](std::function<void()> fn) {
    return loop.internals().on_stop(std::move(fn));
  };
  out.forget_stop = [&loop](uint64_t id) { loop.internals().forget_stop(id); };
  return out;
}

}  // namespace postroom::channels
