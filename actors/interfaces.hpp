#pragma once

#include <caf/atom.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include "actors/messages.hpp"

CAF_ADD_ATOM(postroom, postroom::actors, drain, "drain")
CAF_ADD_ATOM(postroom, postroom::actors, nudge, "nudge")
CAF_ADD_ATOM(postroom, postroom::actors, current, "current")

/// Every actor's typed handle. `drain` asks an actor to finish what it has in hand and quit; send
/// it with high priority.
namespace postroom::actors {

template <class... Ts>
using fire = caf::reacts_to<Ts...>;
template <class In, class Out>
using ask = typename caf::replies_to<In>::template with<Out>;

/// Resolves and stores people. One per node.
using directory_actor =
    caf::typed_actor<fire<completion>, fire<drain>, ask<resolve_request, people_resolved>,
                     ask<sync_people, done_message>, ask<person_request, person_changed>,
                     ask<marks_request, marks_found>>;
/// Keeps the configuration. One per node.
using settings_actor =
    caf::typed_actor<fire<completion>, fire<drain>, ask<current, settings_changed>,
                     ask<change_request, settings_changed>>;
/// Sends what lies in the outbox. One per partition.
using sender_actor = caf::typed_actor<fire<completion>, fire<drain>, fire<nudge>,
                                      ask<outbox_request, outbox_changed>>;
/// Turns mails into calls. One per partition.
using call_factory_actor =
    caf::typed_actor<fire<completion>, fire<drain>, fire<use_model>, fire<struct use_sender>,
                     ask<take_mails, mails_taken>, ask<reserve_mail, mail_reserved>,
                     ask<discard_request, mail_discarded>, ask<reprocess_request, mail_reprocessed>,
                     ask<probe_request, done_message>, ask<change_call_request, call_changed>>;
/// Reads one mailbox. One per incoming server.
using poller_actor = caf::typed_actor<fire<completion>, fire<drain>, fire<struct use_factory>>;
/// Owns the actors of one partition.
using supervisor_actor =
    caf::typed_actor<fire<completion>, fire<drain>, fire<use_model>, fire<child_healthy>,
                     ask<outbox_request, outbox_changed>, ask<discard_request, mail_discarded>,
                     ask<reprocess_request, mail_reprocessed>, ask<probe_request, done_message>,
                     ask<change_call_request, call_changed>>;
/// Owns everything of the process.
using node_actor =
    caf::typed_actor<fire<completion>, fire<drain>, fire<secret_changed>,
                     ask<change_request, change_applied>, ask<resolve_request, people_resolved>,
                     ask<person_request, person_changed>, ask<outbox_request, outbox_changed>,
                     ask<discard_request, mail_discarded>, ask<reprocess_request, mail_reprocessed>,
                     ask<probe_request, done_message>, ask<change_call_request, call_changed>>;

/// A sibling was (re)started: talk to this one from now on.
struct use_sender {
  sender_actor sender;
};
struct use_factory {
  call_factory_actor factory;
};

}  // namespace postroom::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::use_sender)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::use_factory)

CAF_BEGIN_TYPE_ID_BLOCK(postroom, first_custom_type_id)
CAF_ADD_TYPE_ID(postroom, (postroom::actors::completion))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::take_mails))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::mails_taken))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::reserve_mail))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::mail_reserved))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::use_model))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::resolve_request))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::people_resolved))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::sync_people))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::done_message))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::change_request))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::settings_changed))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::change_applied))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::child_healthy))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::use_factory))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::use_sender))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::outbox_request))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::outbox_changed))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::discard_request))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::mail_discarded))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::person_request))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::person_changed))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::secret_changed))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::reprocess_request))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::mail_reprocessed))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::probe_request))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::change_call_request))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::call_changed))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::marks_request))
CAF_ADD_TYPE_ID(postroom, (postroom::actors::marks_found))
CAF_END_TYPE_ID_BLOCK(postroom)
