#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "access/registry.hpp"
#include "storage/engines.hpp"

namespace postroom::access {

inline constexpr const char* good_password = "correct horse battery";
inline constexpr const char* other_password = "staple it to the wall";

/// A registry in memory, with a clock of its own and cheap scrypt.
struct registry_fixture : testing::Test {
  std::unique_ptr<storage::engine> engine = storage::make_memory_engine();
  time_point at{duration{1'800'000'000'000}};
  uint64_t bits = 0;
  std::unique_ptr<registry> r = reopened();
  caller machine = caller::machine_operator("root", "unix");

  registry_options options() {
    registry_options o;
    o.clock = [this] { return at; };
    o.random = [this] { return ++bits * 0x9E3779B97F4A7C15; };
    o.cost = {16, 1, 1};
    return o;
  }
  std::unique_ptr<registry> reopened() {
    auto out = registry::open(*engine, options());
    EXPECT_TRUE(out);
    return out ? std::move(*out) : nullptr;
  }

  static AccessRole role(const std::string& name, admin::v1::Right what,
                         const std::vector<std::string>& parts = {}) {
    AccessRole out;
    out.set_name(name);
    auto* g = out.add_grants();
    g->set_right(what);
    g->set_everywhere(parts.empty());
    for (const auto& p : parts) g->add_partitions(p);
    return out;
  }
  static AccessPrincipal person(const std::string& name, const std::vector<std::string>& roles) {
    AccessPrincipal out;
    out.set_name(name);
    for (const auto& x : roles) out.add_roles(x);
    return out;
  }
  /// "ann" sees the calls of HR; "sue" sets up security.
  void two_people() {
    ASSERT_TRUE(r->put_role(machine, role("hr", admin::v1::VIEW_CALLS, {"HR"})));
    ASSERT_TRUE(r->put_role(machine, role("security", admin::v1::SECURITY_SETUP)));
    ASSERT_TRUE(r->add_principal(machine, person("ann", {"hr"}), good_password));
    ASSERT_TRUE(r->add_principal(machine, person("sue", {"security"}), good_password));
  }
  caller signed_in(const std::string& name) {
    const auto s = r->sign_in(name, good_password, "10.0.0.1:1");
    EXPECT_TRUE(s) << (s ? "" : s.error().text());
    const auto who = r->by_bearer(s->secret, "10.0.0.1:1");
    EXPECT_TRUE(who);
    return *who;
  }
};

}  // namespace postroom::access
