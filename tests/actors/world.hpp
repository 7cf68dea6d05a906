#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/context.hpp"
#include "actors/ingest.hpp"
#include "actors/messages.hpp"
#include "base/inject.hpp"
#include "storage/keys.hpp"
#include "tests/actors/fake_store.hpp"
#include "tests/partitions/fixtures.hpp"

/// What the tests of this room share that needs no actor system.
namespace postroom::actors::test {
namespace keys = storage::keys;
using model_ptr = std::shared_ptr<const partitions::partition_model>;

inline constexpr time_point noon = time_point{duration{1'795'435'200'000}};  // 2026-11-23T12:00:00Z

/// The node has HR beside it.
inline model_ptr model_of(const config::v1::Partition& p, uint64_t version = 1) {
  return std::make_shared<const partitions::partition_model>(
      p, config::v1::General{}, version, partitions::own_check{},
      [](const partition_id& id) { return id.value == "HR"; });
}

/// A mail as it lies on a server; `name` makes its Message-ID and subject.
inline std::string raw_mail(const std::string& name, const std::string& from = "una@example.com") {
  return "From: Una User <" + from + ">\r\nTo: it@example.org\r\nSubject: " + name +
         "\r\nDate: Mon, 23 Nov 2026 11:00:00 +0000\r\nMessage-ID: <" + name +
         "@mail.example.com>\r\n\r\nMy printer is " + name + ".\r\n";
}

/// Everything around the actors but the actors: store, pools, clock, random, notes.
class world {
 public:
  world() {
    std::string folder = (std::filesystem::temp_directory_path() / "postroom-actors-XXXXXX");
    if (!::mkdtemp(folder.data())) throw std::runtime_error("no temporary folder");
    folder_ = folder;
    auto notes = crash_notes::open(folder_ / "crash_notes");
    if (!notes) throw std::runtime_error(notes.error().text());
    auto c = std::make_shared<node_context>(node_context{engine,
                                                         store_pool,
                                                         parse_pool,
                                                         {},
                                                         {},
                                                         [this] { return now; },
                                                         [this] { return random_value; },
                                                         board,
                                                         units,
                                                         std::move(*notes),
                                                         128u << 20});
    context = c;
    unit = *engine->open("partition-IT");
    owner = *unit->claim();
  }
  ~world() {
    inject_arm("");
    std::filesystem::remove_all(folder_);
  }
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  template <class Record>
  std::vector<Record> all(keys::kind k) const {
    std::vector<Record> out;
    EXPECT_TRUE(unit->scan(
        keys::all_of(k),
        [&](std::string_view, std::string_view value) {
          EXPECT_TRUE(out.emplace_back().ParseFromString(std::string{value}));
          return true;
        },
        false));
    return out;
  }
  std::size_t count(keys::kind k) const {
    std::size_t n = 0;
    EXPECT_TRUE(unit->scan(
        keys::all_of(k), [&](std::string_view, std::string_view) { return ++n, true; }, false));
    return n;
  }
  template <class Record>
  Record record(const std::string& key) const {
    Record out;
    auto got = unit->get(key);
    bool parsed = got && *got && out.ParseFromString(**got);
    EXPECT_TRUE(parsed) << "no such record";
    return out;
  }
  record::v1::MailboxState box(const std::string& name) const {
    return record<record::v1::MailboxState>(keys::mailbox(mailbox_id{name}));
  }
  /// The ledger as text: "it-in/7/1 logged".
  std::vector<std::string> ledger() const {
    std::vector<std::string> out;
    for (const auto& e : all<record::v1::LedgerEntry>(keys::kind::ledger))
      out.push_back(ingest::render_key(e.key()) + " " +
                    ingest::outcome_name(e.outcome(), e.reason()));
    return out;
  }
  /// The same world with another store pool, for an actor that is to be held up alone.
  std::shared_ptr<node_context> context_with(executor& pool) const {
    return std::make_shared<node_context>(node_context{
        context->engine, pool, context->parse_pool, context->make_inbound, context->make_outbound,
        context->clock, context->random, context->board, context->units, context->notes,
        context->partition_byte_budget, context->secrets, context->make_scanner});
  }

  time_point now = noon;
  uint64_t random_value = 0;
  std::shared_ptr<test::disk> disk = std::make_shared<test::disk>();
  std::shared_ptr<fragile_engine> engine = std::make_shared<fragile_engine>(disk);
  manual_pool store_pool, parse_pool;
  std::shared_ptr<status_board> board = std::make_shared<status_board>();
  std::shared_ptr<open_units> units = std::make_shared<open_units>();
  std::shared_ptr<node_context> context;
  std::shared_ptr<storage::unit_store> unit;  ///< of partition IT
  epoch owner;

 private:
  std::filesystem::path folder_;
};

}  // namespace postroom::actors::test
