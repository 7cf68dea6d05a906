#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "channels/discovery.hpp"

/// Large mail providers whose servers are the same for everybody. Facts as their own help pages
/// tell them (2026-11); where a provider has several ways in, the encrypted ones of RFC 8314.
namespace postroom::channels {

struct known_server {
  mail_protocol protocol = mail_protocol::imap;
  bool incoming = true;
  std::string_view host;  ///< GRAPH: none
  uint16_t port = 0;
  channels::security security = security::tls;
};

struct known_provider {
  std::vector<std::string_view> domains;     ///< of addresses
  std::vector<std::string_view> exchangers;  ///< MX hosts, they or what they end in
  std::vector<known_server> servers;
  std::string_view note;        ///< holds for each server but GRAPH
  std::string_view graph_note;  ///< holds for GRAPH
};

/// Null: not known. Names in lower case. Thread-safe.
const known_provider* provider_of_domain(std::string_view domain);
const known_provider* provider_of_exchanger(std::string_view host);

}  // namespace postroom::channels
