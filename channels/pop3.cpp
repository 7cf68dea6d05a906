#include "channels/pop3.hpp"

#include <utility>

#include "channels/pop3_session.hpp"
#include "channels/session_channel.hpp"

namespace postroom::channels {

std::unique_ptr<inbound_channel> make_pop3(event_loop& loop, inbound_settings settings) {
  return std::make_unique<session_channel<pop3_session>>(loop, std::move(settings));
}

}  // namespace postroom::channels
