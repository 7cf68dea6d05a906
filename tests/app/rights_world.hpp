#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/admin_register.hpp"
#include "app/oauth_table.hpp"
#include "app/setup_register.hpp"
#include "storage/unit_names.hpp"
#include "tests/app/stored_secrets.hpp"
#include "tests/app/stores.hpp"

namespace postroom::app {

namespace pb = google::protobuf;

/// Every method of every service of postroom.admin.v1 in any of our schemas, as the build saw them.
inline std::vector<const pb::MethodDescriptor*> every_method() {
  pb::FileDescriptorSet files;
  std::ifstream in{POSTROOM_BINARY_DIR "/gen/schemas.pb", std::ios::binary};
  EXPECT_TRUE(files.ParseFromIstream(&in));
  std::vector<const pb::MethodDescriptor*> out;
  for (const auto& file : files.file()) {
    if (file.package() != "postroom.admin.v1") continue;
    for (const auto& service : file.service())
      for (const auto& method : service.method()) {
        const auto name = file.package() + "." + service.name() + "." + method.name();
        out.push_back(pb::DescriptorPool::generated_pool()->FindMethodByName(name));
        EXPECT_TRUE(out.back()) << name;
      }
  }
  return out;
}

inline std::string path_of(const pb::MethodDescriptor& m) {
  return std::string{m.service()->full_name()} + "/" + std::string{m.name()};
}

inline std::string to_json(const pb::Message& message) {
  std::string out;
  EXPECT_TRUE(pb::util::MessageToJsonString(message, &out).ok());
  return out;
}

/// Puts `text` into every string and bytes field, 7 into every number, one item into every list.
inline void fill(pb::Message& m, const std::string& text, int depth = 0) {
  using field = pb::FieldDescriptor;
  const auto* r = m.GetReflection();
  for (int i = 0; i < m.GetDescriptor()->field_count(); ++i) {
    const auto* f = m.GetDescriptor()->field(i);
    const bool many = f->is_repeated();
    if (f->is_map()) continue;
    switch (f->cpp_type()) {
      case field::CPPTYPE_STRING:
        many ? r->AddString(&m, f, text) : r->SetString(&m, f, text);
        break;
      case field::CPPTYPE_UINT64:
        many ? r->AddUInt64(&m, f, 7) : r->SetUInt64(&m, f, 7);
        break;
      case field::CPPTYPE_INT64:
        many ? r->AddInt64(&m, f, 7) : r->SetInt64(&m, f, 7);
        break;
      case field::CPPTYPE_UINT32:
        many ? r->AddUInt32(&m, f, 7) : r->SetUInt32(&m, f, 7);
        break;
      case field::CPPTYPE_MESSAGE:
        if (depth < 5)
          fill(many ? *r->AddMessage(&m, f) : *r->MutableMessage(&m, f), text, depth + 1);
        break;
      default:
        break;
    }
  }
}

template <class Record>
Record filled_with(const std::string& text) {
  Record out;
  fill(out, text);
  return out;
}

/// A request with every name field set and the other strings harmless. A page has room for all, and
/// no time is too late.
inline std::unique_ptr<pb::Message> request_for(const pb::MethodDescriptor& method,
                                                const std::map<std::string, std::string>& named) {
  std::unique_ptr<pb::Message> out{
      pb::MessageFactory::generated_factory()->GetPrototype(method.input_type())->New()};
  fill(*out, "walked");
  if (const auto* until = method.input_type()->FindFieldByName("until"))
    out->GetReflection()->SetInt64(out.get(), until, 0);
  for (int i = 0; i < method.input_type()->field_count(); ++i) {
    const auto* f = method.input_type()->field(i);
    if (f->cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING || f->is_repeated()) continue;
    if (const auto v = named.find(std::string{f->name()}); v != named.end())
      out->GetReflection()->SetString(out.get(), f, v->second);
  }
  return out;
}

/// A node with the partitions HR and SECRETPART. Each store, and what the actors would tell, is
/// full of its marker.
struct rights_world : testing::Test {
  static constexpr const char* hidden = "SECRETPART";
  static constexpr const char* absent = "NOSUCHPART";
  static constexpr const char* hidden_marker = "MARKER-OF-THE-OTHERS";
  static constexpr const char* own_marker = "MARKER-OF-HR";

  std::shared_ptr<storage::engine> engine = storage::make_memory_engine();
  filled_unit it{*engine, hidden};
  filled_unit hr{*engine, "HR"};
  time_point at{duration{1'800'000'000'000}};
  std::unique_ptr<access::registry> registry;
  std::unique_ptr<secrets::vault> vault = vault_in(*engine, "k");
  std::shared_ptr<storage::unit_store> settings_store = *engine->open(storage::settings_unit);
  std::shared_ptr<storage::unit_store> directory_store = *engine->open(storage::directory_unit);
  /// OAuth clients of both, of grants that need no provider to begin; with a vault of their own.
  std::unique_ptr<storage::engine> oauth_engine = storage::make_memory_engine();
  std::unique_ptr<secrets::vault> oauth_vault = vault_in(*oauth_engine, "k");
  inline_executor inline_pool;
  std::unique_ptr<oauth_table> oauth;
  api::connect_server unused{api::connect_options{}};
  std::unique_ptr<guarded_server> server;
  access::caller machine = access::caller::machine_operator("root", "unix");

  void SetUp() override {
    fill_store(it, hidden, hidden_marker, "it-box");
    fill_store(hr, "HR", own_marker, "hr-box");
    fill_settings();
    fill_directory();
    ASSERT_TRUE(vault->put({hidden, hidden_marker}, "x", {"root", "unix", "", at}));
    ASSERT_TRUE(vault->put({"HR", own_marker}, "x", {"root", "unix", "", at}));
    access::registry_options o;
    o.clock = [this] { return at; };
    o.cost = {16, 1, 1};
    registry = *access::registry::open(*engine, std::move(o));
    fill_oauth();
    serve(backend(), setup());
  }

  /// Whatever is posted runs at once.
  channels::oauth_world inline_world() {
    channels::oauth_world out;
    out.post = [](const std::function<void()>& fn) {
      fn();
      return true;
    };
    out.after = [](duration, const std::function<void()>&) { return uint64_t{0}; };
    out.cancel = [](uint64_t) {};
    out.ask = [](const channels::http_request&, const channels::http_client::done_fn&) {
      return channels::http_client::id{0};
    };
    out.give_up = [](channels::http_client::id) {};
    out.on_stop = [](const std::function<void()>&) { return uint64_t{0}; };
    out.forget_stop = [](uint64_t) {};
    out.clock = [this] { return at; };
    return out;
  }

  void fill_oauth() {
    config::v1::Settings all;
    for (const auto& [id, marker] : {std::pair{"HR", own_marker}, {hidden, hidden_marker}}) {
      auto& p = *all.add_partitions();
      p.set_id(id);
      for (const auto* name : {"walked", marker}) {
        auto& c = *p.add_oauth_clients();
        c.set_name(name);
        c.set_provider("other");
        c.set_grant("authorization_code");
        c.set_client_id(marker);
        c.set_authorization_url("https://login.example.org/auth");
      }
    }
    oauth = std::make_unique<oauth_table>(inline_pool, *oauth_vault, inline_world(),
                                          [](const partition_id&) {});
    oauth->use(all);
  }

  static void fill_store(filled_unit& u, const std::string& part, const std::string& marker,
                         const std::string& box) {
    namespace keys = storage::keys;
    auto call = filled_with<record::v1::Call>(marker);
    call.set_partition(part);
    call.mutable_decision()->set_settings_version(4711);
    u.put(keys::call(call_number{7}), call.SerializeAsString());
    u.put(keys::outbox(7), filled_with<record::v1::OutboxEntry>(marker).SerializeAsString());
    u.put(keys::outbox_of_call(call_number{7}, 7), "");
    auto mail = filled_with<record::v1::QuarantineEntry>(marker);
    mail.clear_discarded_at();
    u.put(keys::quarantine(mail_id{7}), mail.SerializeAsString());
    auto ledger = filled_with<record::v1::LedgerEntry>(marker);
    u.put(keys::ledger(ledger.key()), ledger.SerializeAsString());
    ledger.mutable_key()->set_mailbox(box);
    u.put(keys::ledger(ledger.key()), ledger.SerializeAsString());
    auto state = filled_with<record::v1::MailboxState>(marker);
    state.set_mailbox(box);
    u.state(state);
    auto entry = filled_with<record::v1::AuditEntry>(marker);
    entry.set_partition(part);
    u.put(keys::audit_chain(7), entry.SerializeAsString());
    u.mail(7, {marker}, marker.size());
  }

  /// A version of the configuration, and what the audit of the whole node says of it.
  void fill_settings() {
    namespace keys = storage::keys;
    storage::write_batch batch;
    config::v1::Settings all;
    for (const auto& [id, marker] : {std::pair{"HR", own_marker}, {hidden, hidden_marker}}) {
      auto& p = *all.add_partitions();
      fill(p, marker);
      p.set_id(id);
    }
    fill(*all.mutable_general(), hidden_marker);
    batch.put(keys::settings(7), all.SerializeAsString());
    batch.put(keys::settings_version(7),
              filled_with<record::v1::SettingsVersion>(hidden_marker).SerializeAsString());
    batch.put(keys::audit_chain(7),
              filled_with<record::v1::AuditEntry>(hidden_marker).SerializeAsString());
    ASSERT_TRUE(settings_store->commit(*settings_store->claim(), std::move(batch)));
  }

  /// One person a partition; that of HR has the number that requests ask for.
  void fill_directory() {
    storage::write_batch batch;
    uint64_t id = 7;
    for (const auto& [part, marker] : {std::pair{"HR", own_marker}, {hidden, hidden_marker}}) {
      auto p = person_of(part, marker);
      p.set_id(id);
      batch.put(storage::keys::person(person_id{id++}), p.SerializeAsString());
    }
    ASSERT_TRUE(directory_store->commit(*directory_store->claim(), std::move(batch)));
  }

  static record::v1::Person person_of(const std::string& part, const std::string& marker) {
    auto out = filled_with<record::v1::Person>(marker);
    out.set_partition(part);
    return out;
  }

  static void fill_status(admin::v1::GetStatusResponse& all, const std::string& part,
                          const std::string& marker, const std::string& box) {
    auto& p = *all.add_partitions();
    fill(p, marker);
    p.set_id(part);
    p.mutable_mailboxes(0)->set_name(box);
    p.mutable_mailboxes(0)->set_partition(part);
  }

  /// What an actor says of a partition: its marker.
  static std::string marker_of(const std::string& part) {
    return part == hidden ? hidden_marker : own_marker;
  }

  /// Trials that reach no network: no server has what it takes to connect.
  trials_backend trials() {
    trials_backend t;
    t.units = [this] { return std::vector<open_unit>{hr.unit(), it.unit()}; };
    t.settings = []() -> result<actors::settings_document> {
      actors::settings_document d;
      for (const auto* id : {"HR", hidden}) {
        auto& p = *d.settings.add_partitions();
        p = filled_with<config::v1::Partition>(marker_of(id));
        p.set_id(id);
      }
      return d;
    };
    t.secrets = [](const partition_id&) -> resolve_fn {
      return [](const std::string&) -> result<std::string> {
        return fail(ec::config_invalid, "password: is no secret");
      };
    };
    t.clock = [this] { return at; };
    return t;
  }

  admin_backend backend() {
    admin_backend b;
    b.units = [this] { return std::vector<open_unit>{hr.unit(), it.unit()}; };
    b.check = [](const auto&) -> result<admin::v1::CheckResponse> {
      return filled_with<admin::v1::CheckResponse>(hidden_marker);
    };
    b.apply = [](const auto&, const std::string&) -> result<admin::v1::ApplyResponse> {
      return filled_with<admin::v1::ApplyResponse>(hidden_marker);
    };
    b.roll_back = [](const auto&, const std::string&) -> result<admin::v1::ApplyResponse> {
      return filled_with<admin::v1::ApplyResponse>(hidden_marker);
    };
    b.settings = [this] { return settings_store; };
    b.engine = [this] { return engine; };
    b.settings_now = [] { return result<config::v1::Settings>{config::v1::Settings{}}; };
    b.vault = [this] { return vault.get(); };
    b.oauth = [this] { return oauth.get(); };
    b.secret_changed = [](const partition_id&) {};
    b.status = []() -> result<admin::v1::GetStatusResponse> {
      admin::v1::GetStatusResponse all;
      all.set_settings_version(4711);
      fill_status(all, "HR", own_marker, "hr-box");
      fill_status(all, hidden, hidden_marker, "it-box");
      auto& namesake = *all.mutable_partitions(1)->add_mailboxes();
      fill(namesake, hidden_marker);
      namesake.set_name("hr-box");  // the same name elsewhere is another mailbox
      return all;
    };
    b.board = b.status;
    b.change_outbox = [](const actors::change_outbox& c) -> result<record::v1::OutboxEntry> {
      return filled_with<record::v1::OutboxEntry>(marker_of(c.partition.value));
    };
    b.discard = [](const actors::discard_mail& d) -> result<record::v1::QuarantineEntry> {
      return filled_with<record::v1::QuarantineEntry>(marker_of(d.partition.value));
    };
    b.change_call = [](const actors::change_call& c) -> result<actors::call_changed> {
      const auto marker = marker_of(c.partition.value);
      auto call = filled_with<record::v1::Call>(marker);
      call.set_partition(c.partition.value);
      return actors::call_changed{
          std::make_shared<record::v1::Call>(std::move(call)),
          std::make_shared<record::v1::CallUpdate>(filled_with<record::v1::CallUpdate>(marker))};
    };
    b.reprocess = [](const actors::reprocess_mail& r) -> result<actors::mail_reprocessed> {
      const auto marker = marker_of(r.partition.value);
      return actors::mail_reprocessed{
          std::make_shared<record::v1::QuarantineEntry>(
              filled_with<record::v1::QuarantineEntry>(marker)),
          std::make_shared<record::v1::LedgerEntry>(filled_with<record::v1::LedgerEntry>(marker))};
    };
    b.trials = trials();
    b.access = registry.get();
    return b;
  }

  setup_backend setup() {
    setup_backend b;
    b.settings = [this] { return settings_store; };
    b.directory = [this] { return directory_store; };
    b.change = [](const auto&) -> result<actors::change_applied> {
      actors::change_applied out;
      auto all = std::make_shared<partitions::change_list>();
      for (const auto* part : {"HR", hidden}) {
        all->changes.push_back(filled_with<admin::v1::Change>(marker_of(part)));
        all->changes.back().set_partition(part);
      }
      all->total = all->changes.size();
      out.changes = all;
      return out;
    };
    b.change_person = [](const actors::change_person& c) -> result<record::v1::Person> {
      return person_of(c.partition.value, marker_of(c.partition.value));
    };
    b.audit = [](const auto&) { return result<void>{}; };
    b.left_behind = [](const auto&) {
      return result<std::vector<std::string>>{std::vector<std::string>{}};
    };
    b.clock = [this] { return at; };
    b.units = [this] { return std::vector<open_unit>{hr.unit(), it.unit()}; };
    return b;
  }

  void serve(admin_backend b, const setup_backend& s) {
    server = std::make_unique<guarded_server>(unused, make_gate(b));
    register_admin(*server, std::move(b));
    register_setup(*server, s);
  }

  /// The answer as JSON and as bytes, or the error.
  result<std::string> call(const pb::MethodDescriptor& m, const pb::Message& request,
                           const api::call_context& context) {
    const auto found = server->methods().find(path_of(m));
    if (found == server->methods().end()) return fail(ec::unsupported, "is not registered");
    const auto answer = found->second(request, context);
    if (!answer) return answer.error();
    return to_json(**answer) + "\n" + (*answer)->SerializeAsString();
  }
};

}  // namespace postroom::app
