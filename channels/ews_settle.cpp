// How an EWS session changes what lies on the server.
#include <algorithm>
#include <utility>

#include "channels/ews_session.hpp"

namespace postroom::channels {
namespace {

constexpr std::size_t max_settled = 100;  // mails in one request
constexpr unsigned max_settle_rounds = 3;

}  // namespace

struct ews_session::settle_job {
  std::vector<std::string> ids;  ///< still to be done; the first `asked` of them now
  std::size_t asked = 0;
  after_commit action = after_commit::leave;
  std::string path;
  ews_folder target;
  done_fn<void> done;
  unsigned rounds = 0;
  std::optional<error> failed;  ///< the first trouble; the other mails are settled all the same
};

void ews_session::settle(std::vector<listed_mail> mails, after_commit action, std::string folder,
                         done_fn<void> done) {
  auto j = std::make_shared<settle_job>();
  for (auto& mail : mails) j->ids.push_back(std::move(mail.uidl));
  j->action = action;
  j->path = std::move(folder);
  j->done = done;
  auto start = [this, j] {
    if (!opened_) return conclude<void>(j->done, not_opened());
    if (j->ids.empty() || j->action == after_commit::leave) return conclude<void>(j->done, {});
    if (j->action != after_commit::move) return settle_next(j);
    if (j->path.empty())
      return conclude<void>(j->done, fail(ec::config_invalid, "no folder to move to"));
    find_folder(j->path, true, [this, j](result<ews_folder> found) {
      if (!found) return conclude<void>(j->done, found.error());
      j->target = std::move(*found);
      settle_next(j);
    });
  };
  enqueue({std::move(start), [done](const error& why) { done(why); }});
}

void ews_session::settle_next(const std::shared_ptr<settle_job>& j) {
  if (j->ids.empty())
    return conclude<void>(j->done, j->failed ? result<void>(*j->failed) : result<void>());
  j->asked = std::min(j->ids.size(), max_settled);
  const std::span<const std::string> ids(j->ids.data(), j->asked);
  ews_requester::call c;
  c.body = j->action == after_commit::mark_seen ? ews_text::mark_seen(ids)
           : j->action == after_commit::move    ? ews_text::move(ids, j->target)
                                                : ews_text::remove(ids);
  requester_->start(std::move(c),
                    [this, j](result<answer> got) { take_settled(j, std::move(got)); });
}

/// Busy ones are tried again; what is gone is done.
void ews_session::take_settled(const std::shared_ptr<settle_job>& j, result<answer> got) {
  if (!got) return conclude<void>(j->done, got.error());
  if (got->size() != j->asked)
    return conclude<void>(j->done, fail(ec::protocol_violation, "not each mail has its answer"));
  std::vector<std::string> again;
  const bool tired =
      ++j->rounds >= max_settle_rounds || std::ranges::all_of(*got, &ews_message::busy);
  for (std::size_t i = 0; i < got->size(); ++i) {
    const auto& message = (*got)[i];
    if (message.ok()) continue;
    if (message.busy && !tired) {
      again.push_back(std::move(j->ids[i]));
    } else if (auto why = ews_error(message); why.code != ec::not_found && !j->failed) {
      j->failed = std::move(why);
    }
  }
  j->ids.erase(j->ids.begin(), j->ids.begin() + static_cast<std::ptrdiff_t>(j->asked));
  if (again.empty()) j->rounds = 0;
  j->ids.insert(j->ids.begin(), std::make_move_iterator(again.begin()),
                std::make_move_iterator(again.end()));
  settle_next(j);
}

}  // namespace postroom::channels
