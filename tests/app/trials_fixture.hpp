#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "app/trials.hpp"
#include "base/clock.hpp"
#include "channels/event_loop.hpp"
#include "partitions/people.hpp"
#include "tests/api/fixture.hpp"
#include "tests/app/stores.hpp"
#include "tests/app/valid_yaml.hpp"
#include "tests/partitions/fixtures.hpp"
#include "tests/support/scripted_server.hpp"

namespace postroom::app {

using namespace postroom::support;

/// The trials on a real event loop, with stores in memory and scripted servers.
struct trials_test : testing::Test, two_partitions {
  trials_test() {
    write_file(folder.path / "password", "s3cret");
    std::filesystem::permissions(folder.path / "password", std::filesystem::perms{0600});
    backend.units = units;
    backend.settings = [this]() -> result<actors::settings_document> {
      actors::settings_document out;
      out.version = 4;
      *out.settings.add_partitions() = saved;
      return out;
    };
    backend.resolve = [this](std::shared_ptr<const actors::resolve_people> wanted) {
      return resolve(*wanted);
    };
    backend.open_probe = [this](const actors::open_probe& p) {
      probes.push_back(p);
      if (on_probe) on_probe(p);
      return result<void>{};
    };
    backend.make_inbound = [this](auto s) { return channels::make_inbound(loop, std::move(s)); };
    backend.make_outbound = [this](auto s) { return channels::make_outbound(loop, std::move(s)); };
    backend.secrets = [](const partition_id&) -> resolve_fn { return resolve_secret; };
    backend.clock = system_now;
    backend.random = [this] { return ++random; };
    backend.notes = *crash_notes::open(folder.path / "notes");
  }

  result<actors::people_resolved> resolve(const actors::resolve_people& wanted) {
    asked = wanted;
    auto senders = std::make_shared<std::vector<partitions::sender_resolution>>();
    for (const auto& e : wanted.senders)
      senders->push_back(partitions::resolve_sender(e.from, {}, wanted.partition, system_now()));
    return actors::people_resolved{senders,
                                   std::make_shared<std::map<std::string, record::v1::Person>>()};
  }
  template <class Server>
  void at(Server& s, const scripted_server& server, const std::string& protocol) {
    s.set_protocol(protocol);
    s.set_host("127.0.0.1");
    s.set_port(server.port());
    s.set_security("NONE");
    s.set_login(protocol == "SMTP" ? "" : "it");
    s.set_password(protocol == "SMTP" ? "" : "file:" + (folder.path / "password").string());
  }
  config::v1::IncomingServer& incoming() { return *saved.mutable_incoming(0); }
  config::v1::OutgoingServer& outgoing() { return *saved.mutable_outgoing(0); }

  template <class Response>
  static std::string dialog_of(const Response& r) {
    std::string out;
    for (const auto& line : r.transcript()) out += line.who() + ": " + line.text() + "\n";
    return out;
  }

  using lines = std::vector<std::string>;
  /// The paths of the problems with a draft.
  template <class Response>
  static lines problems_in(const Response& r) {
    lines out;
    for (const auto& p : r.problems()) out.push_back(p.path());
    EXPECT_FALSE(r.took_ms() || r.transcript_size()) << "nothing is tried";
    return out;
  }
  /// May set up IT, and what is named.
  static access::caller with_rights(const std::vector<access::right>& more) {
    access::rights_map rights{{admin::v1::SYSTEM_SETUP, access::extent{false, {"IT"}}}};
    for (const auto r : more) rights[r] = access::extent{false, {"IT"}};
    return {"ivan", "there", rights};
  }

  api::temp_folder folder;
  config::v1::Partition saved = partitions::test::valid_partition();
  channels::event_loop loop;
  trials_backend backend;
  actors::resolve_people asked;
  std::vector<actors::open_probe> probes;
  std::function<void(const actors::open_probe&)> on_probe;
  std::atomic<uint64_t> random{0};
  access::caller operator_ = access::caller::machine_operator("olga", "here");
  access::caller it_only = with_rights({});
};

inline const std::string raw_mail =
    "From: Una User <una@example.com>\r\nTo: it@example.org\r\nSubject: red\r\n"
    "Date: Mon, 23 Nov 2026 11:00:00 +0000\r\nMessage-ID: <red@mail.example.com>\r\n\r\n"
    "My printer is red.\r\n";

}  // namespace postroom::app
