#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

/// The JSON of Microsoft Graph. Pure; any bytes give a value or ec::protocol_violation.
namespace postroom::channels {

/// A mail in a listing.
struct graph_entry {
  std::string id;
  std::optional<time_point> received;
  std::optional<uint64_t> size;  ///< PidTagMessageSize: of the stored mail, not of its MIME text
  bool removed = false;
};

struct graph_page {
  std::vector<graph_entry> entries;
  std::string next_link;   ///< more of this round
  std::string delta_link;  ///< the next round; one of the two is there
};
result<graph_page> read_graph_page(std::string_view json);

struct graph_folder {
  std::string id;
  std::string name;
  uint64_t mails = 0;
};
result<graph_folder> read_graph_folder(std::string_view json);
result<std::vector<graph_folder>> read_graph_folders(std::string_view json);

/// What became of one request of a batch.
struct graph_part {
  std::size_t number = 0;  ///< as given to write_graph_batch
  int status = 0;
  std::string code;         ///< of its error; empty: none
  std::string retry_after;  ///< the header's value; empty: none
};
result<std::vector<graph_part>> read_graph_batch(std::string_view json);

/// A subscription to change notifications, as it was made or renewed.
struct graph_made {
  std::string id;
  std::optional<time_point> until;
};
result<graph_made> read_graph_subscription(std::string_view json);

/// One notification of those that Graph posts together.
struct graph_note {
  std::string client_state;
  std::string lifecycle;  ///< what happened to the subscription itself; empty: to a mail
};
/// Those that have a client state. Bytes that are something else give none.
std::vector<graph_note> read_graph_notes(std::string_view json);

/// An error as Graph words it; both empty when the body is something else.
struct graph_refusal {
  std::string code;     ///< letters, digits, dots and underscores; at most 100
  std::string message;  ///< one line, at most 400 bytes; may name addresses
};
graph_refusal read_graph_refusal(std::string_view json);

/// The text that an object has under this name.
result<std::string> read_graph_text(std::string_view json, const char* name);
/// The truth value that an object has under this name; nothing: it has none.
std::optional<bool> read_graph_flag(std::string_view json, const char* name);

struct graph_part_request {
  std::string method;
  std::string target;  ///< below the version: "/me/messages/…"
  std::string body;    ///< JSON; empty: none
};
/// A body for $batch; the parts are numbered from 0. Each asks for immutable ids.
std::string write_graph_batch(const std::vector<graph_part_request>& parts);
/// {"NAME": "text"}
std::string write_graph_text(const char* name, const std::string& text);
std::string write_graph_attachment(const std::string& name, const std::string& type,
                                   const std::string& base64);
/// A subscription to the mails that come to a folder. `until` is the end of its life.
std::string write_graph_subscription(const std::string& url, const std::string& resource,
                                     const std::string& client_state, time_point until);
std::string write_graph_upload(const std::string& name, const std::string& type, uint64_t size);

}  // namespace postroom::channels
