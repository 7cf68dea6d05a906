// How an EWS session changes what lies on the server.
#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "channels/ews_session.hpp"

namespace postroom::channels {
namespace {

constexpr std::size_t max_settled = 100;  // mails in one request
constexpr unsigned max_settle_rounds = 3;
constexpr unsigned max_alone_failed = 3;  // requests for one mail, in a row

/// Codes by which a server refuses an action for the sake of the mail itself.
bool is_of_the_mail(std::string_view code) {
  static constexpr std::array<std::string_view, 5> codes = {
      "ErrorMoveCopyFailed", "ErrorItemCorrupt", "ErrorCorruptData", "ErrorCannotDeleteObject",
      "ErrorContentConversionFailed"};
  return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

struct ews_session::settle_job {
  std::vector<std::string> ids;  ///< still to be done; the first `asked` of them now
  std::size_t asked = 0;
  after_commit action = after_commit::leave;
  std::string path;
  ews_folder target;
  done_fn<void> done;
  unsigned rounds = 0;
  std::size_t at_once = max_settled;  ///< fewer after a request that failed as a whole
  unsigned alone_failed = 0;          ///< requests for one mail that did, in a row
  std::vector<std::string> stubborn;  ///< refused for their own sake, to be tried again
  std::optional<error> refused;       ///< of the stubborn ones
  unsigned tries = 1;                 ///< of those
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
  if (j->ids.empty() && !j->stubborn.empty() && j->tries++ < max_settle_rounds)
    j->ids = std::exchange(j->stubborn, {});
  if (j->ids.empty()) return finish_settling(j);
  j->asked = std::min(j->ids.size(), j->at_once);
  const std::span<const std::string> ids(j->ids.data(), j->asked);
  ews_requester::call c;
  c.body = j->action == after_commit::mark_seen ? ews_text::mark_seen(ids)
           : j->action == after_commit::move    ? ews_text::move(ids, j->target)
                                                : ews_text::remove(ids);
  requester_->start(std::move(c),
                    [this, j](result<answer> got) { take_settled(j, std::move(got)); });
}

/// The others are settled; who asked for it finds out which mail was refused in every try, and
/// tells.
void ews_session::finish_settling(const std::shared_ptr<settle_job>& j) {
  if (!j->failed && !j->stubborn.empty()) j->failed = j->refused;
  conclude<void>(j->done, j->failed ? result<void>(*j->failed) : result<void>());
}

/// A request failed as a whole, perhaps because of one of its mails: fewer are asked for, in the
/// end each alone. Who fails alone is left to a later session.
void ews_session::settle_fewer(const std::shared_ptr<settle_job>& j, error why) {
  const bool may_be_one = why.code == ec::server_busy || why.code == ec::protocol_violation ||
                          why.code == ec::unsupported || why.code == ec::not_found;
  if (!may_be_one) return conclude<void>(j->done, std::move(why));
  if (j->asked > 1) {
    j->at_once = j->asked / 2;
    return settle_next(j);
  }
  if (why.code != ec::not_found) {
    why.code = ec::server_busy;
    if (!j->failed) j->failed = why;
    if (++j->alone_failed >= max_alone_failed) return conclude<void>(j->done, std::move(why));
  }
  j->ids.erase(j->ids.begin());
  settle_next(j);
}

/// Busy ones are tried again; what is gone is done.
void ews_session::take_settled(const std::shared_ptr<settle_job>& j, result<answer> got) {
  if (!got) return settle_fewer(j, got.error());
  if (got->size() != j->asked)
    return settle_fewer(j, fail(ec::protocol_violation, "not each mail has its answer"));
  j->alone_failed = 0;
  std::vector<std::string> again;
  const bool tired =
      ++j->rounds >= max_settle_rounds || std::ranges::all_of(*got, &ews_message::busy);
  for (std::size_t i = 0; i < got->size(); ++i) {
    const auto& message = (*got)[i];
    if (message.busy && !tired) {
      again.push_back(std::move(j->ids[i]));
    } else {
      note_settled(*j, i, message);
    }
  }
  j->ids.erase(j->ids.begin(), j->ids.begin() + static_cast<std::ptrdiff_t>(j->asked));
  if (again.empty()) j->rounds = 0;
  j->ids.insert(j->ids.begin(), std::make_move_iterator(again.begin()),
                std::make_move_iterator(again.end()));
  settle_next(j);
}

void ews_session::note_settled(settle_job& j, std::size_t place, const ews_message& message) {
  if (message.ok()) return;
  if (auto why = ews_error(message); is_of_the_mail(message.code)) {
    j.stubborn.push_back(std::move(j.ids[place]));
    j.refused = std::move(why);
  } else if (why.code != ec::not_found && !j.failed) {
    j.failed = std::move(why);
  }
}

}  // namespace postroom::channels
