#pragma once

#include <google/protobuf/message.h>

#include <algorithm>
#include <optional>
#include <string>

#include "api/connect_client.hpp"
#include "app/cli.hpp"
#include "app/cli_server.hpp"
#include "base/result.hpp"
#include "postroom/config/v1/config.pb.h"

/// Talking to the running server, for commands.
namespace postroom::app {

/// Where a node with these settings listens: admin_socket, else admin.sock in data_dir, else in
/// ./postroom-data.
std::string admin_socket_of(const config::v1::Node& node);

/// --partition, in upper case as ids are; empty: not given.
std::string partition_of(const invocation& in);

/// One line on `err`: the problem and what to do.
void print_error(terminal& term, const error& e);

/// Pretty JSON with the schema's field names, and all fields, also empty ones.
void print_json(terminal& term, const google::protobuf::Message& message);

/// The answer as JSON when asked for, else the line; done.
int finish_with(const invocation& in, terminal& term, const google::protobuf::Message& answer,
                const std::string& line);

/// Who asks and why, for the audit. The server goes by the sign-in where there is one.
template <class Request>
void add_who_and_why(Request& request, const invocation& in, const terminal& term) {
  if constexpr (requires { request.set_who(term.user); }) request.set_who(term.user);
  request.set_reason(in.get("reason"));
}

/// Calls a method of that server's postroom.admin.v1; prints the error when there is one.
template <class Response>
std::optional<Response> ask_server(const server_place& server, terminal& term,
                                   const std::string& method,
                                   const google::protobuf::Message& request,
                                   duration limit = duration{60'000}) {
  auto response = client_of(server, limit).call<Response>("postroom.admin.v1." + method, request);
  if (response) return std::move(*response);
  print_error(term, explained(server, response.error()));
  return {};
}

/// Calls a method of postroom.admin.v1; prints the error when there is one.
template <class Response>
std::optional<Response> ask(const invocation& in, terminal& term, const std::string& method,
                            const google::protobuf::Message& request,
                            duration limit = duration{60'000}) {
  const auto server = find_server(in, term);
  if (!server) {
    print_error(term, server.error());
    return {};
  }
  return ask_server<Response>(*server, term, method, request, limit);
}

/// Asks for a raw mail and writes it: byte for byte, or made printable on a terminal.
int print_raw(const invocation& in, terminal& term, const std::string& partition, uint64_t mail);
/// Likewise the mail's HTML, which is safe to show.
int print_html(const invocation& in, terminal& term, const std::string& partition, uint64_t mail);

inline constexpr uint64_t default_limit = 50;
inline constexpr uint32_t page_rows = 1000;

/// Asks for page after page until --limit items are there; `count` gives how many a response holds.
template <class Response, class Request>
std::optional<Response> ask_pages(const invocation& in, terminal& term, const std::string& method,
                                  Request request, int (*count)(const Response&)) {
  const auto limit = in.number("limit", default_limit);
  std::optional<Response> all;
  for (;;) {
    const auto have = all ? static_cast<uint64_t>(count(*all)) : 0;
    if (all && (have >= limit || all->next_page_token().empty())) return all;
    request.set_page_size(static_cast<uint32_t>(std::clamp<uint64_t>(limit - have, 1, page_rows)));
    auto page = ask<Response>(in, term, method, request);
    if (!page) return {};
    request.set_page_token(page->next_page_token());
    if (!all) {
      all = std::move(*page);
      continue;
    }
    if constexpr (requires { page->clear_state(); })
      page->clear_state();  // the first page's holds for all
    all->set_next_page_token(page->next_page_token());
    all->MergeFrom(*page);
  }
}

}  // namespace postroom::app
