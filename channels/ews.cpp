#include "channels/ews.hpp"

#include <utility>

#include "channels/ews_session.hpp"
#include "channels/session_channel.hpp"

namespace postroom::channels {

std::unique_ptr<inbound_channel> make_ews(event_loop& loop, inbound_settings settings,
                                          ews_wait_pauses pauses) {
  return std::make_unique<session_channel<ews_session>>(loop, std::move(settings), pauses);
}

}  // namespace postroom::channels
