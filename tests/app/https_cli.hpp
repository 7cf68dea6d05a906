#pragma once

#include <sys/stat.h>

#include "tests/api/certificates.hpp"
#include "tests/app/cli_fixture.hpp"

namespace postroom::app {

/// The command line and a server over HTTPS, with the profile "far", and ann, who views calls of
/// IT.
struct https_cli : cli {
  static constexpr const char* password = "a long enough password";
  std::string profiles = folder.path / "profiles.yaml";
  std::unique_ptr<api::authority> ca, other_ca;
  std::unique_ptr<api::connect_server> far_server;

  void SetUp() override {
    cli::SetUp();
    ca = std::make_unique<api::authority>(folder.path, "ca");
    other_ca = std::make_unique<api::authority>(folder.path, "other");
    ca->issue({"server", "localhost", "DNS:localhost,IP:127.0.0.1"});
    ca->issue({"elsewhere", "elsewhere", "DNS:elsewhere.example.org"});
    environment.clear();
    environment["POSTROOM_PROFILES"] = profiles;
    start("server");
    add_ann();
    ASSERT_EQ(add_far("ca.pem"), exit_done) << err.str();
  }

  void start(const std::string& certificate) {
    api::connect_options o;
    o.socket_path = folder.path / "far.sock";
    o.https = api::https_options{.listen = "127.0.0.1:0",
                                 .tls = {.certificate_file = ca->file(certificate + ".pem"),
                                         .key_file = ca->file(certificate + ".key")}};
    far_server = std::make_unique<api::connect_server>(o);
    admin_backend backend;
    backend.units = units;
    backend.status = [this]() -> result<GetStatusResponse> { return status_answer; };
    backend.access = registry.get();
    register_admin(*far_server, std::move(backend));
    ASSERT_TRUE(far_server->start());
  }

  void add_ann() const {
    const auto machine = access::caller::machine_operator("root", "unix");
    access::AccessRole role;
    role.set_name("viewer");
    auto* grant = role.add_grants();
    grant->set_right(access::right::VIEW_CALLS);
    grant->add_partitions("IT");
    ASSERT_TRUE(registry->put_role(machine, role));
    access::AccessPrincipal ann;
    ann.set_name("ann");
    ann.add_roles("viewer");
    ASSERT_TRUE(registry->add_principal(machine, ann, password));
  }

  int add_far(const std::string& authority) {
    return run({"profiles", "add", "far", "--replace", "--url",
                "https://127.0.0.1:" + std::to_string(far_server->https_port()), "--ca-file",
                folder.path / authority});
  }
  std::string secret_file(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const auto path = file(name, text);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  int sign_in(const std::string& with = password) {
    return run({"sign-in", "ann", "--profile", "far", "--password-file",
                secret_file("ann.password", with + "\n")});
  }
};

}  // namespace postroom::app
