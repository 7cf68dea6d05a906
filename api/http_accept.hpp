#pragma once

#include "api/http_connection.hpp"

namespace postroom::api {

struct accepted {
  unique_fd socket;
  http_peer peer;
  int why = 0;  ///< errno, when there is no socket
};

/// The next connection of a non-blocking listening socket, itself non-blocking.
accepted accept_client(int listening);

/// Says `answer` if it fits into one write, and hangs up. An answer without a body is not said: a
/// client of TLS could not read it.
void refuse_client(accepted client, const http_response& answer);

}  // namespace postroom::api
