#pragma once

#include "base/inject.hpp"
#include "postroom/record/v1/record.pb.h"
#include "secrets/vault.hpp"
#include "storage/audit_trail.hpp"
#include "storage/engines.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"
#include "tests/secrets/keys.hpp"

namespace postroom::secrets::test {

/// A vault over a store in memory that outlives it.
struct vault_fixture : testing::Test {
  std::unique_ptr<storage::engine> engine = storage::make_memory_engine();
  std::shared_ptr<storage::unit_store> store = *engine->open(storage::secrets_unit);
  epoch owner = *store->claim();
  std::unique_ptr<vault> life;
  const change by{"olga", "10.0.0.7", "a new server", time_point{duration{42}}};

  void TearDown() override { inject_arm(""); }
  void start(const std::string& letters) {
    auto opened = vault::open(store, owner, ring_of(letters));
    ASSERT_TRUE(opened) << opened.error().text();
    life = std::move(*opened);
  }
  void put(const place& where, const std::string& value) {
    const auto done = life->put(where, value, by);
    ASSERT_TRUE(done) << done.error().text();
  }
  /// The value, or the error's name.
  std::string reveal(const place& where) const {
    const auto got = life->reveal(where);
    return got ? std::string{got->view()} : std::string{to_string(got.code())};
  }
  std::string stored(const place& where) const {
    return (*store->get(storage::keys::secret(where.partition, where.name))).value_or("");
  }
  void write(const place& where, const std::string& bytes) {
    storage::write_batch batch;
    batch.put(storage::keys::secret(where.partition, where.name), bytes);
    ASSERT_TRUE(store->commit(owner, std::move(batch)));
  }
  std::vector<record::v1::AuditEntry> trail() const {
    std::vector<record::v1::AuditEntry> out;
    EXPECT_TRUE(store->scan(
        storage::keys::all_of(storage::keys::kind::audit_chain),
        [&](auto, auto value) { return out.emplace_back().ParseFromString(std::string{value}); }));
    return out;
  }
};

}  // namespace postroom::secrets::test
