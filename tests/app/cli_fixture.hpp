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
#include "tests/api/fixture.hpp"
#include "tests/app/stores.hpp"
#include "tests/app/valid_yaml.hpp"

namespace postroom::app {

using admin::v1::ApplyRequest;
using admin::v1::ApplyResponse;
using admin::v1::GetStatusResponse;

/// A real server with real stores in memory; what the actors would answer is made up.
struct cli : testing::Test, two_partitions {
  api::temp_folder folder;
  std::string socket = folder.path / "admin.sock";
  std::unique_ptr<api::connect_server> server;
  std::ostringstream out;
  std::ostringstream err;
  terminal term{out, err};
  std::map<std::string, std::string> environment;
  ApplyRequest applied;
  ApplyResponse apply_answer;
  GetStatusResponse status_answer;
  std::vector<actors::change_outbox> outbox_asked;
  result<record::v1::OutboxEntry> outbox_answer = record::v1::OutboxEntry{};
  std::vector<actors::discard_mail> discard_asked;
  result<record::v1::QuarantineEntry> discard_answer = record::v1::QuarantineEntry{};
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
    register_admin(*server, {units, [](const auto&) { return admin::v1::CheckResponse{}; },
                             [this](const ApplyRequest& r) -> result<ApplyResponse> {
                               applied = r;
                               return apply_answer;
                             },
                             [this]() -> result<GetStatusResponse> { return status_answer; },
                             [this](const actors::change_outbox& c) {
                               outbox_asked.push_back(c);
                               return outbox_answer;
                             },
                             [this](const actors::discard_mail& d) {
                               discard_asked.push_back(d);
                               return discard_answer;
                             },
                             [this](const actors::reprocess_mail& r) {
                               reprocess_asked.push_back(r);
                               return reprocess_answer(r);
                             }});
    ASSERT_TRUE(server->start());
    environment["POSTROOM_SOCKET"] = socket;
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

template <class Message>
Message from_json(const std::string& json) {
  Message m;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &m);
  EXPECT_TRUE(parsed.ok()) << parsed.ToString() << json;
  return m;
}

}  // namespace postroom::app
