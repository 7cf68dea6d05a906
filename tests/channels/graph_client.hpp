#pragma once

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/tokens.hpp"
#include "tests/channels/inbound_client.hpp"
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

/// A mailbox of its own at the simulated service, and its channel.
class graph_client : public inbound_client {
 public:
  explicit graph_client(support::simulator& service = graph_service())
      : service_(service), user_(service.fresh_user()) {
    tokens_ = std::make_shared<counted_tokens>(loop(), user_ + "-");
    allow(1);
    settings.protocol = inbound_settings::protocol::graph;
    settings.url = service.url();
    settings.server.tokens = tokens_;
  }

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

  counted_tokens& tokens() { return *tokens_; }
  support::simulator& service() const { return service_; }
  const std::string& user() const { return user_; }

 private:
  support::simulator& service_;
  std::string user_;
  std::shared_ptr<counted_tokens> tokens_;
};

using lines = std::vector<std::string>;

}  // namespace postroom::channels
