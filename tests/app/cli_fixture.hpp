#pragma once

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "api/connect_server.hpp"
#include "app/admin_register.hpp"
#include "app/cli.hpp"
#include "secrets/vault.hpp"
#include "tests/api/fixture.hpp"
#include "tests/app/stores.hpp"
#include "tests/app/valid_yaml.hpp"

namespace postroom::app {

using admin::v1::ApplyRequest;
using admin::v1::ApplyResponse;
using admin::v1::GetStatusResponse;
using admin::v1::RollBackRequest;

/// Principals in memory, with scrypt at a cost for tests.
inline std::unique_ptr<access::registry> cheap_registry(storage::engine& engine) {
  access::registry_options o;
  o.cost = {16, 1, 1};
  auto out = access::registry::open(engine, std::move(o));
  EXPECT_TRUE(out);
  return std::move(*out);
}

/// What the call factory answers when it has closed a call.
inline actors::call_changed closed_call() {
  record::v1::Call c;
  c.set_number(7);
  c.set_partition("IT");
  c.set_state(record::v1::CLOSED);
  c.set_group("Network");
  return {std::make_shared<const record::v1::Call>(c),
          std::make_shared<const record::v1::CallUpdate>()};
}

/// A real server with real stores in memory; what the actors would answer is made up.
struct cli : testing::Test, two_partitions {
  api::temp_folder folder;
  std::string socket = folder.path / "admin.sock";
  std::unique_ptr<api::connect_server> server;
  std::ostringstream out;
  std::ostringstream err;
  terminal term{out, err};
  std::map<std::string, std::string> environment;
  std::unique_ptr<access::registry> registry = cheap_registry(*engine);
  ApplyRequest applied;
  RollBackRequest rolled_back;
  ApplyResponse apply_answer;
  std::shared_ptr<storage::unit_store> settings_store = *engine->open("settings");
  GetStatusResponse status_answer;
  std::vector<actors::change_outbox> outbox_asked;
  result<record::v1::OutboxEntry> outbox_answer = record::v1::OutboxEntry{};
  std::vector<actors::discard_mail> discard_asked;
  result<record::v1::QuarantineEntry> discard_answer = record::v1::QuarantineEntry{};
  std::vector<actors::change_call> call_changes_asked;
  result<actors::call_changed> call_change_answer = closed_call();
  result<config::v1::Settings> settings_answer = config::v1::Settings{};
  std::unique_ptr<secrets::vault> vault;
  std::vector<std::string> secrets_changed;
  std::vector<actors::reprocess_mail> reprocess_asked;
  std::function<result<actors::mail_reprocessed>(const actors::reprocess_mail&)> reprocess_answer;
  int pauses = 0;

  void SetUp() override {
    term.user = "tester";
    term.environment = [this](const char* name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional{found->second};
    };
    term.pause = [this](duration) { return ++pauses < 3; };
    api::connect_options o;
    o.socket_path = socket;
    server = std::make_unique<api::connect_server>(o);
    admin_backend backend;
    backend.units = units;
    backend.check = [](const auto&) { return admin::v1::CheckResponse{}; };
    backend.apply = [this](const ApplyRequest& r, const std::string&) -> result<ApplyResponse> {
      applied = r;
      return apply_answer;
    };
    backend.status = [this]() -> result<GetStatusResponse> { return status_answer; };
    backend.board = backend.status;
    backend.roll_back = [this](const RollBackRequest& r,
                               const std::string&) -> result<ApplyResponse> {
      rolled_back = r;
      return apply_answer;
    };
    backend.settings = [this] { return settings_store; };
    backend.change_outbox = [this](const actors::change_outbox& c) {
      outbox_asked.push_back(c);
      return outbox_answer;
    };
    backend.discard = [this](const actors::discard_mail& d) {
      discard_asked.push_back(d);
      return discard_answer;
    };
    backend.change_call = [this](const actors::change_call& c) {
      call_changes_asked.push_back(c);
      return call_change_answer;
    };
    backend.reprocess = [this](const actors::reprocess_mail& r) {
      reprocess_asked.push_back(r);
      return reprocess_answer(r);
    };
    backend.engine = [this] { return engine; };
    backend.settings_now = [this] { return settings_answer; };
    backend.vault = [this] { return vault.get(); };
    backend.secret_changed = [this](const partition_id& part) {
      secrets_changed.push_back(part.value);
    };
    backend.access = registry.get();
    backend.trials = trials();
    register_admin(*server, std::move(backend));
    ASSERT_TRUE(server->start());
    environment["POSTROOM_SOCKET"] = socket;
  }

  /// Without a network.
  trials_backend trials() {
    trials_backend t;
    t.units = units;
    t.settings = [this]() -> result<actors::settings_document> {
      if (!settings_answer) return settings_answer.error();
      return actors::settings_document{1, *settings_answer};
    };
    t.clock = system_now;
    t.notes = *crash_notes::open(folder.path / "notes");
    return t;
  }

  int run(const std::vector<std::string>& args) {
    out.str("");
    err.str("");
    return run_cli(args, term);
  }
  bool shows(const std::string& text) const { return out.str().find(text) != std::string::npos; }
  /// With runs of blanks as one.
  bool shows_row(const std::string& text) const {
    std::string squeezed;
    for (const char c : out.str())
      if (c != ' ' || !squeezed.ends_with(' ')) squeezed += c;
    return squeezed.find(text) != std::string::npos;
  }
  bool complains(const std::string& text) const {
    return err.str().find(text) != std::string::npos;
  }
  std::string file(const std::string& name, const std::string& text) const {
    write_file(folder.path / name, text);
    return folder.path / name;
  }
};

using admin::v1::Change;

template <class Response>
void add_change(Response& response, Change::Kind kind, const std::string& partition,
                const std::string& path, const std::string& before, const std::string& after) {
  auto& c = *response.add_changes();
  c.set_kind(kind);
  c.set_partition(partition);
  c.set_path(path);
  c.set_before(before);
  c.set_after(after);
  response.set_changes_total(static_cast<uint64_t>(response.changes_size()));
}

template <class Message>
Message from_json(const std::string& json) {
  Message m;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &m);
  EXPECT_TRUE(parsed.ok()) << parsed.ToString() << json;
  return m;
}

}  // namespace postroom::app
