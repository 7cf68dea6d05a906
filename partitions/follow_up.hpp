#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mail/call_name.hpp"
#include "mail/mail.hpp"
#include "mail/trust.hpp"
#include "partitions/model.hpp"
#include "postroom/record/v1/record.pb.h"

/// Which call a mail belongs to. Pure.
namespace postroom::partitions {

/// How a mail names a call, the strongest first.
enum class claim_kind : uint8_t {
  signed_for_sender,  ///< a reference that only we can make, made for the mail's sender
  signed_for_group,   ///< the same, made for a group whose members answer from their own addresses
  message,            ///< In-Reply-To or References name a mail of the call, or hold our reference
  subject             ///< its number in the subject: anybody can write that
};

/// One call that a mail names.
struct call_claim {
  claim_kind kind = claim_kind::subject;
  std::string named;                       ///< "IT-000123"
  const record::v1::Call* call = nullptr;  ///< null: there is none, or it is another partition's
  std::string evidence;                    ///< "its subject names the call"
};

struct follow_up {
  enum class kind { new_call, update, reopen } what = kind::new_call;
  const record::v1::Call* call = nullptr;     ///< update and reopen
  std::string evidence;                       ///< one sentence for the call's record
  std::vector<record::v1::CallLink> related;  ///< new_call: what it may belong to
};

struct reply {
  std::string sender;  ///< its address, folded
  mail::trust trust = mail::trust::none;
  time_point now;
  const record::v1::Person* person = nullptr;  ///< who has that address; null: a program wrote
};

/// A claim that was signed for the sender counts; any other only when the sender is not proved
/// wrong, and but for one signed for a group only when they take part in the call: by this or
/// another address of theirs, or, when proved, as an active analyst of its partition. The strongest
/// that counts wins, of equals the first. None: a new
/// call, with links to what was named. A closed call is opened again, or not, as `settings` say.
follow_up choose_call(const std::vector<call_claim>& claims, const reply& mail,
                      const config::v1::FollowUps& settings);

/// Whether somebody wrote into the call, got it, or works on it. `folded` as fold_address gives it.
bool takes_part(const record::v1::Call& call, const std::string& folded);

/// Adds sender, To and Cc of a mail, but for addresses of ours; at most 200 take part.
void add_participants(record::v1::Call& call, const mail::parsed_mail& mail,
                      const partition_model& model);

/// Closed calls are opened again within this time; from validated settings.
duration reopen_within(const config::v1::FollowUps& settings);

/// The calls that a subject names, as these settings write them; one without a partition is of
/// `own`. From validated settings.
std::vector<mail::call_name> calls_in_subject(const config::v1::FollowUps& settings,
                                              const partition_id& own, std::string_view subject);

}  // namespace postroom::partitions
