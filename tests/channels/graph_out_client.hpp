#pragma once

#include <thread>

#include "channels/factory.hpp"
#include "tests/channels/graph_client.hpp"

namespace postroom::channels {

/// A mailbox at the simulated Graph that sends, and an outbound channel whose reports can be waited
/// for.
class graph_sender {
 public:
  explicit graph_sender(support::simulator& service = graph_service())
      : box(service), from(box.user()) {
    settings.protocol = outbound_settings::protocol::graph;
    settings.url = service.url();
    settings.server = box.settings.server;
    settings.save_to_sent = true;
  }

  graph_client box;  ///< the mailbox, its tokens, its requests
  std::string from;
  outbound_settings settings;

  [[nodiscard]] std::string message(const std::string& to, const std::string& more = "",
                                    const std::string& text = "hello") const {
    return "From: " + from + "\r\nTo: " + to + "\r\n" + more +
           "Subject: x\r\nMessage-ID: <kept.0001@example.org>\r\n\r\n" + text + "\r\n";
  }
  /// With a file of this many bytes.
  [[nodiscard]] std::string with_file(const std::string& to, std::size_t bytes) const {
    std::string text;
    for (std::size_t left = bytes / 3 * 4; left > 0; left -= std::min<std::size_t>(left, 76))
      text += std::string(std::min<std::size_t>(left, 76), 'A') + "\r\n";
    return "From: " + from + "\r\nTo: " + to +
           "\r\nSubject: x\r\nMessage-ID: <kept.0002@example.org>\r\nMIME-Version: 1.0\r\n"
           "Content-Type: multipart/mixed;\r\n boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: "
           "text/plain\r\n\r\nhello\r\n--=_b\r\nContent-Type: application/pdf\r\n"
           "Content-Disposition: attachment;\r\n filename=\"large.pdf\"\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n" +
           text + "--=_b--\r\n";
  }
  std::future<send_report> start(const std::string& to, std::string text) {
    if (!channel_) channel_ = make_outbound(box.loop(), settings);
    auto ended = std::make_shared<std::promise<send_report>>();
    auto future = ended->get_future();
    channel_->send({from, to, std::make_shared<const std::string>(std::move(text))},
                   [this, ended](send_report r) {
                     ++reports;
                     ended->set_value(std::move(r));
                   });
    return future;
  }
  send_report send(const std::string& to, std::string text) {
    auto future = start(to, std::move(text));
    if (future.wait_for(std::chrono::seconds(30)) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "no report came";
    return {};
  }
  send_report send(const std::string& to) { return send(to, message(to)); }

  /// What the service sent for this mailbox, and to whom.
  [[nodiscard]] nlohmann::json sent() const {
    return box.service().control({{"do", "sent"}, {"user", box.user()}}).at("sent");
  }
  /// Waits for what nobody tells us of.
  [[nodiscard]] bool becomes_empty(const std::string& folder) const {
    for (int i = 0; i < 3'000 && !box.mails(folder).empty(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return box.mails(folder).empty();
  }
  void drop() { channel_.reset(); }
  outbound_channel& channel() { return *channel_; }

  std::atomic<int> reports = 0;

 private:
  std::unique_ptr<outbound_channel> channel_;
};

}  // namespace postroom::channels
