// The outbound channel for Microsoft Graph: a queue, and a few mails on their way.
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "channels/event_loop_internals.hpp"
#include "channels/factory.hpp"
#include "channels/graph.hpp"
#include "channels/graph_draft.hpp"
#include "channels/graph_text.hpp"
#include "channels/smtp_reply.hpp"

namespace postroom::channels {
namespace {

/// Mails that wait for their turn, at most; more are ec::overloaded.
constexpr std::size_t max_waiting = 1'000;

send_report plain_report(ec code, bool permanent = false, std::string reply = {}) {
  send_report out;
  out.code = code;
  out.permanent = permanent;
  out.reply = std::move(reply);
  return out;
}

struct graph_out_job {
  envelope mail;
  std::function<void(send_report)> done;
};

/// Loop thread only. Lives as long as the channel, and until its last request has its answer.
class graph_pool final : public std::enable_shared_from_this<graph_pool> {
 public:
  graph_pool(event_loop& loop, outbound_settings settings)
      : loop_(loop),
        settings_(std::move(settings)),
        root_(mailbox_path(settings_.user)),
        api_(std::make_shared<graph_api>(loop, settings_.server, settings_.url, settings_.user,
                                         std::clamp(settings_.max_connections, 1u, 4u))) {}

  void send(graph_out_job job);
  /// Ends what waits and what can still be taken back.
  void close();
  void stop();

 private:
  struct flight {
    std::function<void(send_report)> done;
    std::shared_ptr<graph_draft> draft;  ///< null: by one request, which cannot be taken back
  };

  void dispatch();
  void begin(graph_out_job job);
  void send_whole(uint64_t number, const graph_mail& mail);
  void landed(uint64_t number, send_report report);
  void rest();

  event_loop& loop_;
  outbound_settings settings_;
  std::string root_;
  std::shared_ptr<graph_api> api_;
  std::deque<graph_out_job> queue_;
  std::map<uint64_t, flight> flights_;
  uint64_t last_ = 0;
  bool closed_ = false;
  bool dispatching_ = false;
  uint64_t stop_hook_ = 0;
  std::shared_ptr<graph_pool> self_;  ///< while mails are on their way
};

void graph_pool::send(graph_out_job job) {
  if (closed_) return job.done(plain_report(ec::cancelled));
  if (!is_safe_address(job.mail.to))
    return job.done(plain_report(ec::recipient_refused, true,
                                 "the address holds characters that no address may hold"));
  if (!job.mail.message)
    return job.done(plain_report(ec::recipient_refused, true, "there is no message"));
  if (queue_.size() >= max_waiting) return job.done(plain_report(ec::overloaded));
  queue_.push_back(std::move(job));
  dispatch();
}

void graph_pool::dispatch() {
  if (std::exchange(dispatching_, true)) return;
  while (!queue_.empty() && flights_.size() < api_->max_requests()) {
    auto job = std::move(queue_.front());
    queue_.pop_front();
    begin(std::move(job));
  }
  dispatching_ = false;
}

void graph_pool::begin(graph_out_job job) {
  if (!self_) {
    self_ = shared_from_this();
    stop_hook_ = loop_.internals().on_stop([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->stop();
    });
  }
  graph_mail mail;
  mail.message = std::move(job.mail.message);
  const std::string_view whole = *mail.message;
  const auto size = header_size(whole);
  mail.header = header_for_one(whole.substr(0, size), job.mail.to);
  mail.body = whole.substr(size);
  const auto number = ++last_;
  auto& begun = flights_[number];
  begun.done = std::move(job.done);
  if (settings_.save_to_sent && mail.size() <= max_whole_mail) return send_whole(number, mail);
  begun.draft =
      std::make_shared<graph_draft>(loop_, api_, root_, std::move(mail), settings_.save_to_sent,
                                    [weak = weak_from_this(), number](send_report report) {
                                      if (const auto self = weak.lock())
                                        self->landed(number, std::move(report));
                                    });
  // Should it fail within its start, the flight is there to be ended.
  const auto draft = begun.draft;
  draft->start();
}

void graph_pool::send_whole(uint64_t number, const graph_mail& mail) {
  graph_request request;
  request.method = "POST";
  request.target = root_ + "/sendMail";
  request.content_type = "text/plain";
  request.repeatable = false;
  request.body =
      std::make_shared<const std::string>(to_base64(mail.header + std::string(mail.body)));
  api_->start(std::move(request),
              [weak = weak_from_this(), number](const result<http_answer>& got) {
                const auto self = weak.lock();
                if (!self) return;
                self->landed(number, got ? graph_report(*got) : graph_report(got.error()));
              });
}

void graph_pool::landed(uint64_t number, send_report report) {
  const auto self = shared_from_this();
  const auto found = flights_.find(number);
  if (found == flights_.end()) return;
  const auto done = std::move(found->second.done);
  flights_.erase(found);
  done(std::move(report));
  dispatch();
  rest();
}

void graph_pool::rest() {
  if (!flights_.empty() || !queue_.empty()) return;
  loop_.internals().forget_stop(std::exchange(stop_hook_, 0));
  // The caller may stand in one of our own methods.
  loop_.post([self = std::exchange(self_, nullptr)] {});
}

void graph_pool::close() {
  const auto self = shared_from_this();
  closed_ = true;
  for (auto& job : std::exchange(queue_, {})) job.done(plain_report(ec::cancelled));
  std::vector<uint64_t> back;
  for (const auto& [number, one] : flights_)
    if (one.draft && !one.draft->past_the_end()) back.push_back(number);
  for (const auto number : back) {
    if (const auto found = flights_.find(number); found != flights_.end())
      found->second.draft->abandon();
    landed(number, plain_report(ec::cancelled));
  }
}

void graph_pool::stop() {
  const auto self = shared_from_this();
  closed_ = true;
  api_->stop();
  for (auto& job : std::exchange(queue_, {})) job.done(plain_report(ec::cancelled));
  for (auto& [number, one] : std::exchange(flights_, {})) one.done(plain_report(ec::cancelled));
  self_.reset();
}

/// Carries each call over to the loop thread.
class graph_out_channel final : public outbound_channel {
 public:
  graph_out_channel(event_loop& loop, outbound_settings settings)
      : loop_(loop), pool_(std::make_shared<graph_pool>(loop, std::move(settings))) {}
  ~graph_out_channel() override {
    loop_.post([pool = std::move(pool_)] { pool->close(); });
  }

  void send(envelope mail, std::function<void(send_report)> done) override {
    loop_.post([pool = pool_, job = graph_out_job{std::move(mail), std::move(done)}]() mutable {
      pool->send(std::move(job));
    });
  }
  void close() override {
    loop_.post([pool = pool_] { pool->close(); });
  }

 private:
  event_loop& loop_;
  std::shared_ptr<graph_pool> pool_;
};

}  // namespace

std::unique_ptr<outbound_channel> make_graph_outbound(event_loop& loop,
                                                      outbound_settings settings) {
  return std::make_unique<graph_out_channel>(loop, std::move(settings));
}

}  // namespace postroom::channels
