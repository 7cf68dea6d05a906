#include "channels/graph.hpp"

#include <utility>

#include "channels/graph_session.hpp"
#include "channels/session_channel.hpp"

namespace postroom::channels {

std::unique_ptr<inbound_channel> make_graph(event_loop& loop, inbound_settings settings) {
  return std::make_unique<session_channel<graph_session>>(loop, std::move(settings));
}

}  // namespace postroom::channels
