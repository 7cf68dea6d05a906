#include "channels/factory.hpp"

#include <utility>

#include "channels/ews.hpp"
#include "channels/graph.hpp"
#include "channels/imap.hpp"
#include "channels/pop3.hpp"

namespace postroom::channels {

std::unique_ptr<inbound_channel> make_inbound(event_loop& loop, inbound_settings settings) {
  switch (settings.protocol) {
    case inbound_settings::protocol::imap:
      return make_imap(loop, std::move(settings));
    case inbound_settings::protocol::pop3:
      return make_pop3(loop, std::move(settings));
    case inbound_settings::protocol::graph:
      return make_graph(loop, std::move(settings));
    case inbound_settings::protocol::ews:
      return make_ews(loop, std::move(settings));
  }
  return nullptr;
}

std::unique_ptr<outbound_channel> make_outbound(event_loop& loop, outbound_settings settings) {
  switch (settings.protocol) {
    case outbound_settings::protocol::smtp:
      return make_smtp(loop, std::move(settings));
    case outbound_settings::protocol::pop:
      return make_pop_smtp(loop, std::move(settings));
    case outbound_settings::protocol::graph:
      return make_graph_outbound(loop, std::move(settings));
  }
  return nullptr;
}

}  // namespace postroom::channels
