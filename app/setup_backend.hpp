#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "access/caller.hpp"
#include "actors/messages.hpp"
#include "app/admin_pages.hpp"
#include "app/trials_gate.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "channels/dns.hpp"
#include "partitions/edits.hpp"
#include "postroom/admin/v1/setup.pb.h"
#include "storage/store.hpp"

/// What the methods that change single objects of the configuration stand on.
namespace postroom::app {

/// All are called on the admin server's threads, several at a time, may block, and must end by
/// themselves.
struct setup_backend {
  std::function<std::shared_ptr<storage::unit_store>()> settings;   ///< where the versions are
  std::function<std::shared_ptr<storage::unit_store>()> directory;  ///< where the people are
  std::function<result<actors::change_applied>(std::shared_ptr<const actors::change_settings>)>
      change;
  /// Gives the person as stored afterwards.
  std::function<result<record::v1::Person>(const actors::change_person&)> change_person;
  /// Puts what is no change of the configuration into its audit. Blocks on the disk.
  std::function<result<void>(record::v1::AuditEntry)> audit;
  /// What a partition that was removed has left under its id, "3 secrets"; nothing: no such
  /// partition was ever here.
  std::function<result<std::vector<std::string>>(const std::string& partition)> left_behind;
  clock_fn clock;
  open_units units;  ///< the partitions' stores, to show texts with the values of a call
  /// Of questions to the DNS, which hold a thread as long as trials do.
  std::shared_ptr<trial_gate> gate = std::make_shared<trial_gate>();
  /// A resolver for one discovery.
  std::function<std::unique_ptr<channels::dns_resolver>()> dns = [] {
    return channels::make_dns_resolver({});
  };
};

/// The newest stored configuration, parsed once a version. Thread-safe. Blocks on the disk.
class stored_settings {
 public:
  explicit stored_settings(std::function<std::shared_ptr<storage::unit_store>()> store)
      : store_(std::move(store)) {}
  result<std::shared_ptr<const actors::settings_document>> now();

 private:
  std::function<std::shared_ptr<storage::unit_store>()> store_;
  std::mutex mutex_;
  std::shared_ptr<const actors::settings_document> last_;
};

/// Who asks for a change, why, and for which revision of its object.
struct change_words {
  std::string who;
  std::string reason;
  std::string from;     ///< address of who asks
  bool limited = true;  ///< may not set up the servers of all partitions
  uint64_t revision = 0;
};

template <class Request>
change_words words_of(const Request& request, const access::caller& who) {
  change_words out{who.name(), request.reason(), who.from(),
                   !who.may_everywhere(access::right::SYSTEM_SETUP)};
  if constexpr (requires { request.revision(); }) out.revision = request.revision();
  return out;
}

/// A change must name the revision it was made for. Errors: config_invalid.
result<void> check_revision(uint64_t revision);

admin::v1::Problem shown_problem(const partitions::problem& problem);
void add_problem(const partitions::problem& problem, admin::v1::SetupResponse& out);

/// Has the edit made. Problems come in the answer, and nothing of other partitions than
/// `partition`, which may be blank: all. Errors: those of the edit and of the backend.
result<admin::v1::SetupResponse> make_edit(const setup_backend& backend, partitions::edit edit,
                                           const change_words& words, const std::string& partition);

}  // namespace postroom::app
