#include "channels/factory.hpp"

#include <utility>

#include "channels/imap.hpp"
#include "channels/pop3.hpp"

namespace postroom::channels {

std::unique_ptr<inbound_channel> make_inbound(event_loop& loop, inbound_settings settings) {
  switch (settings.protocol) {
    case inbound_settings::protocol::imap:
      return make_imap(loop, std::move(settings));
    case inbound_settings::protocol::pop3:
      return make_pop3(loop, std::move(settings));
  }
  return nullptr;
}

}  // namespace postroom::channels
