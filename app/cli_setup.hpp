#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <optional>
#include <string>

#include "app/cli.hpp"
#include "postroom/admin/v1/setup.pb.h"

/// What the commands that change single objects of the configuration have in common.
namespace postroom::app {

/// Makes `object`, which holds what is there now, what the command line wants: the file of --file
/// replaces it, each --set changes one field. `revision` becomes that of --revision, else the one
/// `show` wrote into the file; without a file it stays. False: it says what is wrong.
bool read_object(const invocation& in, terminal& term, google::protobuf::Message& object,
                 uint64_t& revision);

/// The object as YAML, with its revision, so that `read_object` takes the text back.
void print_object(terminal& term, const std::string& what, uint64_t revision,
                  const google::protobuf::Message& object);

/// What came of a change: its problems, or the changes and the revision; gives the exit status.
int print_setup(const invocation& in, terminal& term, const admin::v1::SetupResponse& response);

/// The partition of the saved incoming (or outgoing) server of this name; says what is wrong.
std::optional<std::string> partition_of_server(const invocation& in, terminal& term, bool incoming,
                                               const std::string& name);

/// The line and the usage after it; exit_usage.
int wrong_usage(const invocation& in, terminal& term, const std::string& what);

}  // namespace postroom::app
