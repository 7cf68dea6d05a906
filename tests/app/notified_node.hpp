#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "api/connect_server.hpp"
#include "app/graph_page.hpp"
#include "channels/event_loop.hpp"
#include "channels/graph_notices.hpp"
#include "tests/api/certificates.hpp"
#include "tests/api/fixture.hpp"
#include "tests/api/tls_talk.hpp"

namespace postroom::app {

/// What of a node Microsoft Graph posts its notifications to: the page, over HTTPS.
struct notified_node {
  static inline const std::string path = "/graph/notifications";
  api::temp_folder folder;
  api::authority ca{folder.path, "ca"};
  std::shared_ptr<channels::graph_notices> notices = std::make_shared<channels::graph_notices>();
  std::unique_ptr<api::connect_server> server;

  notified_node() {
    ca.issue({"server", "localhost", "DNS:localhost,IP:127.0.0.1"});
    api::connect_options o;
    o.socket_path = folder.path / "admin.sock";
    o.https = api::https_options{
        .listen = "127.0.0.1:0",
        .tls = {.certificate_file = ca.file("server.pem"), .key_file = ca.file("server.key")}};
    server = std::make_unique<api::connect_server>(o);
    register_graph_page(*server, notices);
    EXPECT_TRUE(server->start());
  }

  [[nodiscard]] std::string url() const {
    return "https://localhost:" + std::to_string(server->https_port()) + path;
  }
  /// One request on a connection of its own.
  [[nodiscard]] std::string ask(const std::string& request) const {
    api::tls_wish wish;
    wish.ca_file = ca.file("ca.pem");
    return api::tls_talk{server->https_port(), wish}.ask(request);
  }
};

}  // namespace postroom::app
