#pragma once

#include <gtest/gtest.h>

#include <string>

#include "fixtures.hpp"
#include "partitions/routing.hpp"

namespace postroom::partitions::test {

/// A mail, the partition it came to, and what is made of it.
struct routing_test : testing::Test {
  config::v1::Partition config = valid_partition();
  mail::parsed_mail mail;
  std::string header =
      received() + "From: Sam <sam@example.com>\r\nX-Team: =?utf-8?Q?B=C3=BCro?=\r\n";
  uint64_t size = 5000;
  mail::trust_verdict trust;
  mail::trust_settings believed;
  std::vector<std::string> scanned;
  bool is_notice = false, is_accepted = false;

  routing_test() {
    mail.from = {"Sam Ple", "Sam@Example.com"};
    mail.to = {{"IT", "it@example.org"}};
    mail.subject = "Printer on fire";
    mail.text = "Hello, my printer is broken and I can not print. Please help me with it.";
    believed.border_hosts = {"mx.example.org"};
  }

  static std::string received() {
    return "Received: from out.example.com (out.example.com [192.0.2.7])\r\n\tby mx.example.org "
           "with ESMTPS id 1; Mon, 2 Mar 2026 10:00:00 +0000\r\n";
  }

  handling routed() const {
    const partition_model model(config, {}, 1);
    return route({model, config.incoming(0), mail, header, size, trust, believed, scanned,
                  is_notice, is_accepted});
  }
  /// "call", "suppress:REASON", "quarantine:REASON".
  std::string outcome() const {
    const auto h = routed();
    const char* words[] = {"call", "suppress:", "quarantine:"};
    return words[static_cast<int>(h.what)] + h.reason;
  }

  config::v1::RoutingRule& rule(const std::string& name) {
    auto& r = *config.add_rules();
    r.set_name(name);
    return r;
  }
};

}  // namespace postroom::partitions::test
