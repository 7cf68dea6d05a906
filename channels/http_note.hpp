#pragma once

#include <cstdint>

#include "channels/http.hpp"

namespace postroom::channels {

/// Notes a request that has ended in its transcript, as one line: "POST /EWS/Exchange.asmx
/// GetFolder
/// -> 200, 1.2 KB, 35 ms". Nothing of it is secret: no query, no header field, no body.
void note_exchange(const http_request& request, const result<http_answer>& got, uint64_t bytes,
                   duration took);

}  // namespace postroom::channels
