#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/ews.hpp"
#include "tests/support/simulator.hpp"

namespace postroom::channels {

/// Where messages.xsd and types.xsd lie: they are no part of this project. Empty: nowhere.
inline std::string ews_schemas() {
  const char* chosen = std::getenv("POSTROOM_PROTOCOLS");
  const std::filesystem::path root = chosen ? chosen : POSTROOM_SOURCE_DIR "/../shared/protocols";
  const auto folder = root / "ews" / "ews-schema-php-ews";
  return std::filesystem::exists(folder / "messages.xsd") ? folder.string() : std::string();
}

inline std::vector<std::string> ews_simulator_arguments() {
  const auto schemas = ews_schemas();
  return schemas.empty() ? std::vector<std::string>{}
                         : std::vector<std::string>{"--schemas", schemas};
}

/// The one server of this test program. Whatever a test does to it, `fresh` undoes.
inline support::simulator& exchange() {
  static support::simulator one("ews", ews_simulator_arguments());
  return one;
}

/// A new mailbox whose owner signs in with "secret", on a server that behaves.
inline std::string fresh_mailbox() {
  auto& server = exchange();
  server.control({{"do", "forget"}});
  server.control({{"do", "auth"}, {"methods", {"Bearer", "NTLM", "Basic"}}});
  auto user = server.fresh_user();
  server.control({{"do", "password"}, {"user", user}, {"password", "secret"}});
  return user;
}

inline inbound_settings ews_settings(const std::string& user) {
  inbound_settings s;
  s.protocol = inbound_settings::protocol::ews;
  s.url = exchange().url();
  s.server.login = user;
  s.server.password = "secret";
  s.server.auth_methods = {"BASIC"};
  return s;
}

inline std::string ews_mail(const std::string& subject, const std::string& text = "text") {
  return "From: a@example.org\r\nSubject: " + subject + "\r\n\r\n" + text + "\r\n";
}

/// The operations that the server was asked for, in order.
inline std::vector<std::string> ews_operations() {
  std::vector<std::string> out;
  const auto log = exchange().control({{"do", "requests"}});
  for (const auto& r : log.at("requests")) out.push_back(r.at("operation"));
  return out;
}

inline std::size_t count_of(const std::string& operation) {
  std::size_t out = 0;
  for (const auto& o : ews_operations()) out += o.starts_with(operation) ? 1 : 0;
  return out;
}

/// An EWS channel whose calls wait for their ends, for tests that read like a story.
class ews_client {
 public:
  using fetched_mail = std::pair<listed_mail, result<std::shared_ptr<const std::string>>>;
  struct fetched {
    std::vector<fetched_mail> mails;
    result<void> end;
    /// The mails in short: their subjects, or their errors.
    [[nodiscard]] std::vector<std::string> brief() const {
      std::vector<std::string> out;
      for (const auto& [listed, mail] : mails) {
        if (!mail) {
          out.emplace_back(to_string(mail.code()));
          continue;
        }
        const auto at = (*mail)->find("Subject: ") + 9;
        out.push_back((*mail)->substr(at, (*mail)->find("\r\n", at) - at));
      }
      return out;
    }
  };

  explicit ews_client(inbound_settings settings, ews_wait_pauses pauses = {})
      : channel_(make_ews(loop_, std::move(settings), pauses)) {}

  result<opened_mailbox> open() {
    return call<opened_mailbox>([&](auto done) { channel_->open(done); });
  }
  result<listing> list(uint64_t after = 0, std::size_t max = 1000) {
    return call<listing>([&](auto done) { channel_->list(after, max, done); });
  }
  /// Opens and lists all; nothing after an error.
  std::vector<listed_mail> open_and_list() {
    const auto opened = open();
    EXPECT_TRUE(opened) << opened.error().text();
    auto got = opened ? list() : result<listing>(opened.error());
    EXPECT_TRUE(got) << got.error().text();
    return got ? std::move(got->mails) : std::vector<listed_mail>{};
  }
  fetched fetch(std::vector<listed_mail> mails) {
    auto out = std::make_shared<fetched>();
    auto on_mail = [out](const listed_mail& m, auto mail) {
      out->mails.emplace_back(m, std::move(mail));
    };
    out->end = call<void>([&](auto done) { channel_->fetch(std::move(mails), on_mail, done); });
    return *out;
  }
  result<uint64_t> fetch_in_pieces(const listed_mail& mail, inbound_channel::on_piece_fn on_piece) {
    return call<uint64_t>([&](auto done) { channel_->fetch_in_pieces(mail, on_piece, done); });
  }
  result<void> settle(std::vector<listed_mail> mails, after_commit action,
                      const std::string& folder = "") {
    return call<void>([&](auto done) { channel_->settle(std::move(mails), action, folder, done); });
  }
  result<wake> wait(duration at_most) {
    return call<wake>([&](auto done) { channel_->wait(at_most, done); });
  }
  result<void> close() {
    return call<void>([&](auto done) { channel_->close(done); });
  }
  void drop() { channel_.reset(); }

  inbound_channel& channel() { return *channel_; }
  event_loop& loop() { return loop_; }

  template <class T, class Start>
  static result<T> call(Start start) {
    auto ended = std::make_shared<std::promise<result<T>>>();
    auto future = ended->get_future();
    start(done_fn<T>([ended](result<T> r) { ended->set_value(std::move(r)); }));
    if (future.wait_for(std::chrono::seconds(60)) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "a call never ended";
    return fail(ec::internal, "a call never ended");
  }

 private:
  event_loop loop_;
  std::unique_ptr<inbound_channel> channel_;
};

}  // namespace postroom::channels
