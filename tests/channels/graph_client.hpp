#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/graph.hpp"
#include "channels/tokens.hpp"
#include "tests/support/simulator.hpp"

namespace postroom::channels {

/// Hands out "NAME-1", then, each time one was refused, the next number.
class counted_tokens final : public token_source {
 public:
  counted_tokens(event_loop& loop, std::string name) : loop_(loop), name_(std::move(name)) {}

  void get(done_fn<std::string> done) override {
    const std::lock_guard lock(mutex_);
    ++asked_;
    loop_.post([done, token = failure_ ? result<std::string>(*failure_)
                                       : result<std::string>(name_ + std::to_string(number_))] {
      done(token);
    });
  }
  void refused(const std::string& token) override {
    const std::lock_guard lock(mutex_);
    refused_.push_back(token);
    ++number_;
  }
  void fail_with(error why) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(why);
  }
  std::vector<std::string> refused_ones() {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  event_loop& loop_;
  std::string name_;
  std::mutex mutex_;
  int number_ = 1;
  int asked_ = 0;
  std::optional<error> failure_;
  std::vector<std::string> refused_;
};

/// One simulated Graph for all tests of a program.
inline support::simulator& graph_service() {
  static support::simulator service("graph");
  return service;
}

/// Microsoft's description of what Graph takes and answers; perhaps there is no such file.
inline std::filesystem::path graph_description() {
  const char* set = std::getenv("POSTROOM_PROTOCOLS");
  const std::filesystem::path root =
      set ? set : std::filesystem::path(POSTROOM_SOURCE_DIR) / "../shared/protocols";
  return root / "graph/graph-subset/graph-mail-v1.0.openapi.yaml";
}

inline std::string small_mail(const std::string& text) {
  return "From: user@example.org\r\nTo: it@example.org\r\nSubject: " + text + "\r\nMessage-ID: <" +
         text + "@example.org>\r\n\r\n" + text + "\r\n";
}

/// A mailbox of its own at the simulated service, and a channel whose calls wait for their ends,
/// for tests that read like a story.
class graph_client {
 public:
  using fetched_mail = std::pair<uint64_t, result<std::shared_ptr<const std::string>>>;
  struct fetched {
    std::vector<fetched_mail> mails;
    result<void> end;
    /// The mails in short: "1:text" (its subject) or "2:not_found".
    [[nodiscard]] std::vector<std::string> brief() const {
      std::vector<std::string> out;
      for (const auto& [uid, mail] : mails)
        out.push_back(std::to_string(uid) + ":" +
                      (mail ? subject_of(**mail) : std::string(to_string(mail.code()))));
      return out;
    }
    static std::string subject_of(const std::string& mail) {
      const auto at = mail.find("Subject: ");
      return at == mail.npos ? "" : mail.substr(at + 9, mail.find('\r', at) - at - 9);
    }
  };

  explicit graph_client(support::simulator& service = graph_service())
      : service_(service), user_(service.fresh_user()) {
    tokens_ = std::make_shared<counted_tokens>(loop_, user_ + "-");
    allow(1);
    settings.protocol = inbound_settings::protocol::graph;
    settings.url = service.url();
    settings.server.tokens = tokens_;
  }

  inbound_settings settings;

  /// The token with this number is good from now on.
  void allow(int number) const {
    service_.control({{"do", "token"}, {"token", token(number)}, {"user", user_}});
  }
  void revoke(int number) const { service_.control({{"do", "revoke"}, {"token", token(number)}}); }
  [[nodiscard]] std::string token(int number) const { return user_ + "-" + std::to_string(number); }
  void deliver(const std::string& text, const std::string& folder = "inbox") const {
    service_.deliver(user_, small_mail(text), folder);
  }
  void deliver_numbered(int from, int to) const {
    for (int i = from; i <= to; ++i) deliver("m" + std::to_string(i));
  }
  [[nodiscard]] nlohmann::json mails(const std::string& folder = "inbox") const {
    return service_.mails(user_, folder);
  }
  void fault(nlohmann::json what) const {
    what["do"] = "fault";
    service_.control(what);
  }
  /// The requests of this mailbox since the last `forget`.
  [[nodiscard]] nlohmann::json requests(const std::string& operation = "") const {
    auto out = nlohmann::json::array();
    const auto all = service_.control({{"do", "requests"}}).at("requests");
    for (const auto& one : all) {
      const std::string named = one.at("operation");
      if (one.at("user") == user_ && named.find(operation) != named.npos) out.push_back(one);
    }
    return out;
  }
  void forget() const { service_.control({{"do", "forget"}}); }

  inbound_channel& channel() {
    if (!channel_) channel_ = make_graph(loop_, settings);
    return *channel_;
  }
  result<opened_mailbox> open() {
    return call<opened_mailbox>([&](auto done) { channel().open(done); });
  }
  result<listing> list_all(uint64_t after = 0, std::size_t max = 1000) {
    return call<listing>([&](auto done) { channel().list(after, max, done); });
  }
  result<std::vector<listed_mail>> list(uint64_t after = 0, std::size_t max = 1000) {
    auto got = list_all(after, max);
    if (!got) return got.error();
    return std::move(got->mails);
  }
  /// Opens, and all mails there are.
  std::vector<listed_mail> open_and_list() {
    EXPECT_TRUE(open());
    const auto got = list();
    EXPECT_TRUE(got);
    return got ? *got : std::vector<listed_mail>{};
  }
  fetched fetch(std::vector<listed_mail> mails) {
    auto out = std::make_shared<fetched>();
    auto on_mail = [out](const listed_mail& m, auto mail) {
      out->mails.emplace_back(m.uid, std::move(mail));
    };
    out->end = call<void>([&](auto done) { channel().fetch(std::move(mails), on_mail, done); });
    return *out;
  }
  result<void> settle(std::vector<listed_mail> mails, after_commit action,
                      const std::string& folder = "") {
    return call<void>([&](auto done) { channel().settle(std::move(mails), action, folder, done); });
  }
  result<void> close() {
    return call<void>([&](auto done) { channel().close(done); });
  }
  /// A channel made anew, as after a restart.
  void drop() { channel_.reset(); }

  event_loop& loop() { return loop_; }
  counted_tokens& tokens() { return *tokens_; }
  support::simulator& service() const { return service_; }
  const std::string& user() const { return user_; }

  template <class T, class Start>
  static result<T> call(Start start) {
    auto ended = std::make_shared<std::promise<result<T>>>();
    auto future = ended->get_future();
    start(done_fn<T>([ended](result<T> r) { ended->set_value(std::move(r)); }));
    if (future.wait_for(std::chrono::seconds(30)) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "a call never ended";
    return fail(ec::internal, "a call never ended");
  }

 private:
  support::simulator& service_;
  std::string user_;
  event_loop loop_;
  std::shared_ptr<counted_tokens> tokens_;
  std::unique_ptr<inbound_channel> channel_;
};

using lines = std::vector<std::string>;

}  // namespace postroom::channels
