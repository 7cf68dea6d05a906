#pragma once

#include <cstdint>

#include "app/cli.hpp"

namespace postroom::app {

/// Reads an option that holds a time, "2d" ago or "2026-11-01", in ms; `to` stays when it is not
/// given. False: it is none, and `err` says so.
bool read_moment(const invocation& in, terminal& term, const char* option, int64_t& to);

}  // namespace postroom::app
