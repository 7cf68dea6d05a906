#include "app/node_impl.hpp"

#include <caf/send.hpp>

#include <filesystem>

#include "actors/directory.hpp"
#include "actors/settings.hpp"
#include "app/channel_settings.hpp"
#include "app/cli_files.hpp"
#include "base/log.hpp"
#include "channels/factory.hpp"
#include "channels/graph_notices.hpp"
#include "partitions/validate.hpp"
#include "secrets/key_source.hpp"
#include "storage/unit_names.hpp"

namespace postroom::app {

namespace fs = std::filesystem;

namespace {

constexpr unsigned default_store_threads = 4;
constexpr unsigned parse_threads = 2;
constexpr std::size_t max_queued_jobs = 65'536;  // a few per mailbox of a large node
constexpr auto apply_deadline = std::chrono::seconds{90};

struct owned_unit {
  std::shared_ptr<storage::unit_store> store;
  epoch owner;
};

result<owned_unit> own(storage::engine& engine, const std::string& name) {
  auto store = engine.open(name);
  if (!store) return store.error();
  auto owner = (*store)->claim();
  if (!owner) return owner.error();
  return owned_unit{*store, *owner};
}

result<std::unique_ptr<secrets::vault>> open_vault(storage::engine& engine,
                                                   const config::v1::Node& settings) {
  const auto& old = settings.secrets_old_keys();
  auto keys = secrets::load_keys(settings.secrets_key(), {old.begin(), old.end()},
                                 [](const char* name) -> std::optional<std::string> {
                                   const char* value = std::getenv(name);
                                   if (!value) return std::nullopt;
                                   return std::string{value};
                                 });
  if (!keys) return keys.error();
  auto unit = own(engine, storage::secrets_unit);
  if (!unit) return unit.error();
  return secrets::vault::open(unit->store, unit->owner, std::move(*keys));
}

}  // namespace

node_process::node_process() : x_(std::make_unique<impl>()) {}
node_process::~node_process() = default;

result<std::unique_ptr<node_process>> node_process::start(const config::v1::Node& settings) {
  std::unique_ptr<node_process> out{new node_process};
  if (auto built = out->x_->build(settings); !built) return built.error();
  return out;
}

actors::context_ptr node_process::impl::make_context() {
  actors::node_context context{
      .engine = engine,
      .store_pool = *store_pool,
      .parse_pool = *parse_pool,
      .make_inbound = [this](const partition_id& part, const config::v1::IncomingServer& s)
          -> result<std::unique_ptr<channels::inbound_channel>> {
        auto wanted =
            inbound_settings_of(part, s, resolver_of(*vault, part), tokens_of(part), &told);
        if (!wanted) return wanted.error();
        return channels::make_inbound(*loop, std::move(*wanted));
      },
      .make_outbound = [this](const partition_id& part, const config::v1::OutgoingServer& s)
          -> result<std::unique_ptr<channels::outbound_channel>> {
        auto wanted = outbound_settings_of(part, s, resolver_of(*vault, part), tokens_of(part));
        if (!wanted) return wanted.error();
        return channels::make_outbound(*loop, std::move(*wanted));
      },
      .clock = system_now,
      .random = system_random,
      .board = board,
      .units = units,
      .notes = notes,
      .secrets = names_of(*vault),
      .make_scanner =
          [this](const partition_id& part, const partitions::scan_settings& s) {
            return scanners->scanner_of(part, s);
          },
      .use_settings = [this](const config::v1::Settings& s) { oauth->use(s); },
  };
  return std::make_shared<const actors::node_context>(std::move(context));
}

token_fn node_process::impl::tokens_of(const partition_id& part) const {
  return [this, part](const std::string& client) { return oauth->access_of(part, client); };
}

result<void> node_process::impl::build(const config::v1::Node& config) {
  if (auto made = make_data_dir(config.data_dir()); !made) return made;
  if (auto taken = only_process.take(config.data_dir()); !taken) return taken;
  auto opened = storage::make_rocks_engine(fs::path{config.data_dir()} / "units");
  if (!opened) return opened.error();
  engine = std::move(*opened);
  auto settings_unit = own(*engine, storage::settings_unit);
  if (!settings_unit) return settings_unit.error();
  auto directory_unit = own(*engine, storage::directory_unit);
  if (!directory_unit) return directory_unit.error();
  directory_store = directory_unit->store;
  settings_store = settings_unit->store;
  settings_owner = settings_unit->owner;
  auto registry = access::registry::open(*engine);
  if (!registry) return registry.error();
  access = std::move(*registry);
  auto document = actors::load_settings(*settings_unit->store);
  if (!document) return document.error();
  auto people = actors::load_people(*directory_unit->store);
  if (!people) return people.error();
  auto opened_vault = open_vault(*engine, config);
  if (!opened_vault) return opened_vault.error();
  vault = std::move(*opened_vault);
  auto opened_notes = crash_notes::open(fs::path{config.data_dir()} / "crash-notes");
  if (!opened_notes) return opened_notes.error();
  notes = std::move(*opened_notes);
  notes->install_signal_handlers();
  store_pool = std::make_unique<bounded_pool>(
      "store", config.store_threads() ? config.store_threads() : default_store_threads,
      max_queued_jobs);
  parse_pool = std::make_unique<bounded_pool>("parse", parse_threads, max_queued_jobs);
  loop = std::make_unique<channels::event_loop>();
  if (!config.notification_url().empty())
    told = {config.notification_url(), std::make_shared<channels::graph_notices>()};
  scanners = std::make_unique<scanner_table>(
      [this](const partitions::scan_settings& s) -> std::shared_ptr<channels::mail_scanner> {
        return channels::make_clamd(*loop, clamd_settings_of(s));
      });
  oauth = std::make_unique<oauth_table>(*store_pool, *vault, channels::make_oauth_world(*loop),
                                        [this](const partition_id& part) {
                                          if (node)
                                            caf::anon_send(node, actors::secret_changed{part});
                                        });
  system_config = std::make_unique<actors::system_config>(config.scheduler_threads());
  system = std::make_unique<caf::actor_system>(*system_config);
  node = system->spawn(actors::node,
                       actors::node_args{make_context(), std::move(*document), settings_unit->store,
                                         settings_unit->owner, directory_unit->store,
                                         directory_unit->owner, std::move(*people)});
  caf::actor_cast<caf::abstract_actor*>(node)->attach_functor([this](const caf::error&) {
    std::lock_guard lock{mutex};
    node_down = true;
    changed.notify_all();
  });
  return {};
}

result<actors::change_applied> node_process::impl::change(
    std::shared_ptr<const actors::change_settings> wanted) {
  return ask<actors::change_applied>(apply_deadline, actors::change_request{std::move(wanted)});
}

bool node_process::reload(const std::string& partitions_dir) {
  const bool applied = apply_folder(partitions_dir);
  x_->not_applied = !applied;
  return applied;
}

bool node_process::apply_folder(const std::string& partitions_dir) {
  auto loaded = load_config({partitions_dir});
  auto problems = check_config(loaded);
  int shown = 0;
  for (const auto& p : problems) {
    if (++shown > max_shown_problems) break;
    log::error("configuration_problem", {{"problem", render_problem(p)}});
  }
  if (const auto all = static_cast<int>(problems.size()); all > max_shown_problems)
    log::error("configuration_problem",
               {{"problem", "and " + std::to_string(all - max_shown_problems) + " more"}});
  if (!problems.empty()) return false;
  auto wanted = std::make_shared<actors::change_settings>();
  wanted->general.emplace();  // also when no document holds them any more
  for (auto& d : loaded.documents) {
    if (d.is_general)
      wanted->general = d.general;
    else
      wanted->partitions.push_back(d.partition);
  }
  wanted->prune = true;  // the directory is the whole truth
  wanted->who = "partitions_dir";
  wanted->reason = "its files were read";
  auto done = x_->change(wanted);
  if (!done) {
    log::error("configuration_not_applied", {{"error", done.error().text()}});
    return false;
  }
  for (const auto& p : done->problems)
    log::error("configuration_problem",
               {{"partition", p.partition}, {"path", p.path}, {"problem", p.what}});
  for (const auto& line : done->changed) log::info("configuration_changed", {{"what", line}});
  return done->problems.empty();
}

std::shared_ptr<channels::graph_notices> node_process::notices() const {
  return x_->told.notices;
}

bool node_process::alive() const {
  std::lock_guard lock{x_->mutex};
  return !x_->node_down;
}

std::vector<std::string> node_process::complaints() const {
  std::vector<std::string> out;
  if (!alive()) out.emplace_back("the node has stopped");
  if (x_->not_applied)
    out.emplace_back(
        "the files of partitions_dir have problems and are not in force; the log names them");
  const auto snapshot = x_->board->snapshot();
  for (const auto& p : snapshot.partitions()) {
    if (p.state() != "running") out.push_back("partition " + p.id() + " is " + p.state());
    for (const auto& m : p.mailboxes())
      if (m.state() == "failed" || m.state() == "parked" ||
          (m.state() == "waiting" && !m.last_error().empty()))
        out.push_back("mailbox " + m.name() + " is " + m.state() + ": " + m.last_error());
  }
  return out;
}

bool node_process::stop(duration deadline) {
  caf::anon_send<caf::message_priority::high>(x_->node, actors::drain_v);
  {
    std::unique_lock lock{x_->mutex};
    if (!x_->changed.wait_for(lock, deadline, [this] { return x_->node_down; })) return false;
  }
  x_->oauth->stop();
  x_->node = nullptr;
  x_->loop.reset();
  x_->store_pool->stop();
  x_->parse_pool->stop();
  x_->system.reset();
  x_->oauth.reset();
  x_->vault.reset();
  x_->settings_store.reset();
  x_->directory_store.reset();
  x_->access.reset();
  x_->engine.reset();
  return true;
}

}  // namespace postroom::app
