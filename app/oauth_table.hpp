#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/channel_settings.hpp"
#include "app/oauth_keeper.hpp"
#include "base/ids.hpp"
#include "channels/oauth_urls.hpp"
#include "postroom/admin/v1/admin.pb.h"
#include "postroom/admin/v1/oauth.pb.h"

namespace postroom::channels {
class event_loop;
}

namespace postroom::app {

/// How an authorisation is begun.
struct oauth_begun {
  std::string url;
  std::string user_code;
  bool comes_back = false;
  time_point until{};
};

/// The OAuth clients of a node: one source of tokens for each, shared by all servers that name it.
/// A client whose settings change is made anew; others keep their token. Thread-safe. What a person
/// asks for blocks until the provider answered, at most about a minute.
class oauth_table {
 public:
  /// `authorised`: a partition has a client with a new authorisation, or without the old one; runs
  /// on the event loop thread or the caller's. All but `world`, which holds no references of its
  /// own after `stop`, outlive the table.
  oauth_table(executor& pool, secrets::vault& vault, channels::oauth_world world,
              std::function<void(const partition_id&)> authorised);
  ~oauth_table();
  oauth_table(const oauth_table&) = delete;
  oauth_table& operator=(const oauth_table&) = delete;

  /// Follows a configuration without problems. Does not block.
  void use(const config::v1::Settings& settings);
  /// Errors: config_invalid: there is none of this name. Does not block.
  result<token_access> access_of(const partition_id& partition, const std::string& client) const;
  /// A stored secret of the partition changed.
  void secret_changed(const partition_id& partition);

  /// In the order of the configuration. Blocks on certificate files.
  [[nodiscard]] std::vector<admin::v1::OAuthClientStatus> list(const partition_id& partition) const;
  /// Errors: not_found.
  result<admin::v1::OAuthClientStatus> status(const partition_id& partition,
                                              const std::string& client) const;
  [[nodiscard]] bool has_key() const { return !site_->vault.newest_key().empty(); }
  /// At a glance, of all clients of a partition, with what was found when somebody last looked.
  /// Does not block.
  void add_glance(admin::v1::PartitionStatus& partition) const;

  /// Errors: not_found; config_invalid: it needs no person, or the node has no key; those of the
  /// provider.
  result<oauth_begun> begin(const partition_id& partition, const std::string& client,
                            const channels::oauth_words& by);
  /// Errors: conflict: nothing was begun, it ended, or another one began it; those of the provider.
  result<void> finish(const partition_id& partition, const std::string& client,
                      const std::string& answer, const std::string& who);
  /// Whose authorisation a browser came back to; nothing when none fits. Does not block.
  std::optional<std::string> partition_of(const std::string& query) const;
  /// Finishes it: its state tells what was begun.
  result<void> finish_callback(const std::string& query);
  result<bool> forget(const partition_id& partition, const std::string& client,
                      const channels::oauth_words& by);

  /// Days left as metrics, warnings, and refresh tokens kept from ending unused. Blocks on files.
  void look_at_ends();
  /// Lets requests of refresh tokens end, for their answers replace what is stored; at most ten
  /// seconds. Then no answer of the pool comes any more. Before the event loop ends. Idempotent.
  void stop();

 private:
  using key = std::pair<std::string, std::string>;  // partition, client
  /// What files and the store say of a client.
  struct finding {
    std::vector<admin::v1::OAuthEnd> ends;
    std::optional<error> trouble;  ///< with the authorisation by a person
    std::string authorized_by;
    int64_t authorized_at = 0;
  };
  struct entry {
    config::v1::OAuthClient config;
    std::shared_ptr<channels::oauth_client> client;
    int place = 0;                        ///< in its partition
    std::vector<std::string> used_by;     ///< servers
    std::shared_ptr<const finding> seen;  ///< nothing: nobody has looked yet
  };
  /// An authorisation under way.
  struct pending {
    channels::code_request request;  ///< blank for a device
    channels::oauth_words by;
    time_point until{};
    uint64_t id = 0;
  };

  void use_clients(const config::v1::Settings& settings);
  /// Makes the client anew when it is not as `before`. With the lock.
  void use_client(const config::v1::Partition& p, int place, const std::map<key, entry>& before);
  result<entry> need(const key& k) const;
  [[nodiscard]] admin::v1::OAuthClientStatus status_of(const key& k, const entry& e) const;
  static void add_client(admin::v1::OAuthGlance& out, const std::string& name,
                         const channels::oauth_state& state, const finding& seen, time_point now);
  static int32_t days_until(time_point end, time_point now);  ///< whole ones
  [[nodiscard]] finding look_at(const key& k, const entry& e) const;
  result<oauth_begun> begin_code(const key& k, const entry& e, const channels::oauth_words& by);
  result<oauth_begun> begin_device(const key& k, const entry& e, const channels::oauth_words& by);
  void on_device_end(const key& k, uint64_t id, const result<void>& how);
  result<void> redeem(const key& k, const pending& p, const result<channels::code_answer>& got);
  void note_end(const key& k, const result<void>& how);
  /// Which one has this state, and who began it.
  std::optional<std::pair<key, std::string>> begun_with(const std::string& state) const;
  result<pending> take(const key& k, const std::string& state, const std::string& who);
  uint64_t add_pending(const key& k, pending p);
  [[nodiscard]] std::vector<std::pair<key, entry>> entries_of(const std::string& partition) const;
  void keep_finding(const key& k, const entry& e, finding found);
  /// Looks on the pool; what comes while somebody looks is looked at after it.
  void look_soon();
  void look_now();
  void warn_of(const key& k, const admin::v1::OAuthEnd& end);
  /// Runs `work` unless the table has stopped; it may not be gone meanwhile.
  static void guarded(const std::shared_ptr<oauth_site>& site, const std::function<void()>& work);
  void look_later(duration after);
  void await_answers();

  std::shared_ptr<oauth_site> site_;
  channels::oauth_world world_;
  std::function<void(const partition_id&)> authorised_;

  mutable std::mutex mutex_;  ///< guards what follows
  std::map<key, entry> clients_;
  std::map<key, pending> pending_;
  std::map<key, std::string> last_failure_;
  /// "IT/graph/certificate" -> which end was warned of, and at how many days.
  std::map<std::string, std::pair<int64_t, int>> warned_;
  uint64_t last_pending_ = 0;
  bool looking_ = false, look_again_ = false;
};

}  // namespace postroom::app
