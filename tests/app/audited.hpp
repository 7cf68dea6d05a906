#pragma once

#include "storage/audit_trail.hpp"
#include "storage/unit_names.hpp"
#include "tests/app/stores.hpp"

namespace postroom::app {

/// Two partitions and the settings, each with an audit of its own.
struct audited : two_partitions {
  std::shared_ptr<storage::unit_store> settings = *engine->open(storage::settings_unit);
  epoch settings_owner = *settings->claim();
  epoch it_owner = *it.unit().store->claim();
  epoch hr_owner = *hr.unit().store->claim();

  static record::v1::AuditEntry entry(int64_t at, const std::string& what,
                                      const std::string& partition, const std::string& who) {
    record::v1::AuditEntry out;
    out.set_at(at);
    out.set_who(who);
    out.set_from("10.0.0.7");
    out.set_what(what);
    out.set_partition(partition);
    out.set_detail("mail " + partition + "/1");
    out.set_before("1 dead");
    out.set_after("1 waiting");
    out.set_reason("mended \x1b it");
    return out;
  }
  void of_it(int64_t at, const std::string& what, const std::string& who = "olga") {
    ASSERT_TRUE(storage::audit::commit("partition-IT", *it.unit().store, it_owner, {},
                                       entry(at, what, "IT", who)));
  }
  void of_hr(int64_t at, const std::string& what, const std::string& who = "olga") {
    ASSERT_TRUE(storage::audit::commit("partition-HR", *hr.unit().store, hr_owner, {},
                                       entry(at, what, "HR", who)));
  }
  void of_node(int64_t at, const std::string& what, const std::string& partition = {}) {
    ASSERT_TRUE(storage::audit::commit("settings", *settings, settings_owner, {},
                                       entry(at, what, partition, "root")));
  }
  void lose(storage::unit_store& store, epoch owner, uint64_t sequence) {
    storage::write_batch batch;
    batch.erase(storage::keys::audit_chain(sequence));
    ASSERT_TRUE(store.commit(owner, std::move(batch)));
  }
};

}  // namespace postroom::app
