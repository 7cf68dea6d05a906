#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "channels/connection.hpp"
#include "channels/event_loop.hpp"
#include "channels/pop3_parser.hpp"

namespace postroom::channels {

/// One sign-in at a POP3 server and nothing more (POP before SMTP). Loop thread only.
class pop_sign_in final : public connection::user,
                          public std::enable_shared_from_this<pop_sign_in> {
 public:
  /// Runs once, never within `start`, and not at all after `close`.
  using done_fn = std::function<void(result<void>)>;

  pop_sign_in(event_loop& loop, endpoint server);
  void start(done_fn done);
  void close();

 private:
  void on_ready() override;
  void on_bytes(std::string_view bytes) override;
  void on_broken(error why) override;
  void finish(result<void> r);

  connection wire_;
  done_fn done_;
  bool signed_in_ = false;
};

}  // namespace postroom::channels
