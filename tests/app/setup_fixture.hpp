#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "api/connect_client.hpp"
#include "app/admin_directory.hpp"
#include "app/admin_email_settings.hpp"
#include "app/admin_oauth_clients.hpp"
#include "app/admin_partitions.hpp"
#include "app/admin_register.hpp"
#include "app/cli.hpp"
#include "app/node_process.hpp"
#include "postroom/admin/v1/partitions.pb.h"
#include "storage/engines.hpp"
#include "storage/keys.hpp"
#include "tests/api/fixture.hpp"
#include "tests/app/stores.hpp"
#include "tests/app/valid_yaml.hpp"
#include "tests/partitions/fixtures.hpp"

namespace postroom::app {

using admin::v1::SetupResponse;

/// A real node with the partitions HR and IT, whose servers are switched off; a mail has created
/// Una in IT, as number 1, to whom
/// nothing can be sent. Only the clock of the leases is made up.
struct setup : testing::Test {
  static constexpr time_point noon{duration{1'795'435'200'000}};  // 2026-11-23T12:00:00Z
  api::temp_folder folder;
  std::string socket = folder.path / "admin.sock";
  std::unique_ptr<node_process> process;
  std::unique_ptr<api::connect_server> server;
  std::unique_ptr<guarded_server> guarded;
  std::shared_ptr<email_settings> state;
  time_point now = noon;
  std::shared_ptr<storage::engine> calls_engine = storage::make_memory_engine();
  std::unique_ptr<filled_unit> calls;
  std::ostringstream out, err;
  terminal term{out, err};

  static config::v1::Partition part(const std::string& id) {
    auto p = partitions::test::valid_partition();
    const auto small = id == "IT" ? "it" : "hr";
    p.set_id(id);
    p.mutable_incoming(0)->set_name(small + std::string{"-in"});
    p.mutable_incoming(0)->set_login(small + std::string{"@example.org"});
    p.mutable_incoming(0)->set_active(false);
    p.mutable_outgoing(0)->set_name(small + std::string{"-out"});
    p.mutable_outgoing(0)->set_active(false);
    p.mutable_people(0)->set_addresses(0, "ana@" + id + ".example.org");
    p.mutable_incoming(0)->set_default_logging_analyst("ana@" + id + ".example.org");
    return p;
  }

  void store_una() const {
    std::filesystem::create_directories(folder.path / "data");
    auto engine = storage::make_rocks_engine(folder.path / "data" / "units");
    ASSERT_TRUE(engine);
    const auto unit = *(*engine)->open("directory");
    record::v1::Person una;
    una.set_id(1);
    una.set_partition("IT");
    una.set_name("Una User");
    una.add_addresses("una@example.com");
    una.set_user(true);
    una.set_active(true);
    una.set_created_by("it-in/7/1");
    auto& mark = *una.add_marks();
    mark.set_address("una@example.com");
    mark.set_status("5.1.1");
    mark.set_diagnostic("no such user");
    mark.set_at(to_millis(noon));
    mark.set_reports(2);
    storage::write_batch batch;
    batch.put(storage::keys::person(person_id{1}), una.SerializeAsString());
    ASSERT_TRUE(unit->commit(*unit->claim(), std::move(batch)));
  }

  /// IT-000007 of Una's, with two updates. The store is not the partition's own: no actor reads it.
  void store_call() {
    calls = std::make_unique<filled_unit>(*calls_engine, "IT");
    record::v1::Call c;
    c.set_number(7);
    c.set_partition("IT");
    c.mutable_user()->set_name("Una User");
    c.set_updates(2);
    calls->put(storage::keys::call(call_number{7}), c.SerializeAsString());
    for (const auto& [sequence, text] : {std::pair{1u, "the first"}, {2u, "the newest"}}) {
      record::v1::CallUpdate u;
      u.set_text(text);
      calls->put(storage::keys::call_update(call_number{7}, sequence), u.SerializeAsString());
    }
  }

  void SetUp() override {
    store_una();
    config::v1::Node node;
    node.set_data_dir(folder.path / "data");
    auto started = node_process::start(node);
    ASSERT_TRUE(started) << started.error().text();
    process = std::move(*started);
    server = std::make_unique<api::connect_server>(api::connect_options{.socket_path = socket});
    guarded = std::make_unique<guarded_server>(*server, make_gate(process->backend()));
    auto backend = process->setup();
    backend.clock = [this] { return now; };
    backend.units = [this] {
      return calls ? std::vector<open_unit>{calls->unit()} : std::vector<open_unit>{};
    };
    state = std::make_shared<email_settings>(backend);
    register_email_settings(*guarded, state);
    register_partitions(*guarded, backend);
    register_directory(*guarded, backend);
    register_oauth_clients(*guarded, backend);
    ASSERT_TRUE(server->start());
    for (const auto* id : {"HR", "IT"}) {
      admin::v1::AddPartitionRequest r;
      *r.mutable_config() = part(id);
      r.set_reuse(true);  // Una is there already
      ASSERT_TRUE(change("PartitionsService/Add", r));
    }
    term.user = "tester";
    term.environment = [this](const char* name) {
      return name == std::string{"POSTROOM_SOCKET"} ? std::optional{socket} : std::nullopt;
    };
    term.pause = [](duration) { return false; };
  }
  void TearDown() override {
    if (server) server->stop();
    if (process) {
      EXPECT_TRUE(process->stop(duration{20'000}));
    }
  }

  template <class Response>
  result<Response> call(const std::string& method, const google::protobuf::Message& request) {
    return api::connect_client{socket}.call<Response>("postroom.admin.v1." + method, request);
  }
  /// Signs somebody in who holds these rights in one partition alone.
  api::call_context sign_in(const std::string& name, std::vector<access::right> rights,
                            const std::string& partition) const {
    auto& registry = *process->backend().access;
    const auto root = access::caller::machine_operator("root", "unix");
    access::AccessRole role;
    role.set_name(name);
    for (const auto what : rights) {
      auto& grant = *role.add_grants();
      grant.set_right(what);
      grant.add_partitions(partition);
    }
    EXPECT_TRUE(registry.put_role(root, role));
    access::AccessPrincipal p;
    p.set_name(name);
    p.add_roles(name);
    EXPECT_TRUE(registry.add_principal(root, p, "long enough for all"));
    const auto session = registry.sign_in(name, "long enough for all", "10.0.0.1:1");
    EXPECT_TRUE(session);
    api::call_context context;
    context.peer = "10.0.0.1:1";
    if (session) context.authorization = "Bearer " + session->secret;
    return context;
  }
  /// The same as `call`, by somebody who has signed in.
  template <class Response>
  result<Response> call_as(const api::call_context& who, const std::string& method,
                           const google::protobuf::Message& request) {
    auto answer = guarded->methods().at("postroom.admin.v1." + method)(request, who);
    if (!answer) return answer.error();
    return static_cast<const Response&>(**answer);
  }
  /// A change that must succeed.
  bool change(const std::string& method, const google::protobuf::Message& request) {
    const auto done = call<SetupResponse>(method, request);
    EXPECT_TRUE(done) << done.error().text();
    if (!done) return false;
    EXPECT_TRUE(done->problems().empty()) << done->ShortDebugString();
    return done->problems().empty();
  }
  error refused(const std::string& method, const google::protobuf::Message& request) {
    const auto done = call<SetupResponse>(method, request);
    EXPECT_FALSE(done) << done->ShortDebugString();
    return done ? error{ec::none, {}} : done.error();
  }
  admin::v1::IncomingItem incoming(const std::string& partition, const std::string& name) {
    admin::v1::GetServerRequest r;
    r.set_partition(partition);
    r.set_name(name);
    auto got = call<admin::v1::GetIncomingResponse>("EmailSettingsService/GetIncoming", r);
    EXPECT_TRUE(got) << got.error().text();
    return got ? got->item() : admin::v1::IncomingItem{};
  }
  /// An update of it-in as it is now.
  admin::v1::UpdateIncomingRequest update_of_it_in() {
    const auto item = incoming("IT", "it-in");
    admin::v1::UpdateIncomingRequest r;
    r.set_partition("IT");
    r.set_name("it-in");
    *r.mutable_server() = item.server();
    r.set_revision(item.revision());
    return r;
  }
  admin::v1::GetPartitionResponse rules(const std::string& partition) {
    admin::v1::GetPartitionRequest r;
    r.set_partition(partition);
    auto got = call<admin::v1::GetPartitionResponse>("PartitionsService/Get", r);
    EXPECT_TRUE(got) << got.error().text();
    return got ? *got : admin::v1::GetPartitionResponse{};
  }
  /// Asks until the directory has heard of the person; an id of 0 is none.
  admin::v1::DirectoryPerson person(const std::string& partition, const std::string& address) {
    admin::v1::GetPersonRequest r;
    r.set_partition(partition);
    r.set_address(address);
    for (int tries = 0; tries < 2000; ++tries) {
      auto got = call<admin::v1::GetPersonResponse>("DirectoryService/Get", r);
      if (got && got->person().id() != 0) return got->person();
    }
    ADD_FAILURE() << "nobody has " << address;
    return {};
  }
  int run(const std::vector<std::string>& args) {
    out.str("");
    err.str("");
    return run_cli(args, term);
  }
  [[nodiscard]] bool shows(const std::string& text) const {
    return out.str().find(text) != std::string::npos;
  }
  [[nodiscard]] bool complains(const std::string& text) const {
    return err.str().find(text) != std::string::npos;
  }
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    write_file(folder.path / name, text);
    return folder.path / name;
  }
};

/// May set up what `what` stands for in HR alone.
inline access::caller of_hr(access::right what) {
  return {"hanna", "unix", {{what, access::extent{false, {"HR"}}}}};
}

}  // namespace postroom::app
