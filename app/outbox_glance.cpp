#include "app/outbox_glance.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "postroom/record/v1/record.pb.h"

namespace postroom::app {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using record::v1::OutboxEntry;
using record::v1::OutboxRecipient;

constexpr uint32_t settled_tag =
    WireFormatLite::MakeTag(OutboxEntry::kSettledFieldNumber, WireFormatLite::WIRETYPE_VARINT);
constexpr uint32_t recipient_tag = WireFormatLite::MakeTag(
    OutboxEntry::kRecipientsFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr uint32_t state_tag =
    WireFormatLite::MakeTag(OutboxRecipient::kStateFieldNumber, WireFormatLite::WIRETYPE_VARINT);

/// False: not to be read. A state that is not written is PENDING.
bool read_recipient(CodedInputStream& in, outbox_glance& out) {
  int size = 0;
  if (!in.ReadVarintSizeAsInt(&size)) return false;
  const auto limit = in.PushLimit(size);
  uint64_t state = OutboxRecipient::PENDING;
  while (const auto tag = in.ReadTag()) {
    const bool read =
        tag == state_tag ? in.ReadVarint64(&state) : WireFormatLite::SkipField(&in, tag);
    if (!read) return false;
  }
  if (!in.ConsumedEntireMessage()) return false;
  in.PopLimit(limit);
  out.dead |= state == OutboxRecipient::DEAD;
  out.cancelled |= state == OutboxRecipient::CANCELLED;
  return true;
}

bool read_field(CodedInputStream& in, uint32_t tag, outbox_glance& out) {
  if (tag == recipient_tag) return read_recipient(in, out);
  if (tag != settled_tag) return WireFormatLite::SkipField(&in, tag);
  uint64_t settled = 0;
  if (!in.ReadVarint64(&settled)) return false;
  out.settled = settled != 0;
  return true;
}

}  // namespace

std::optional<outbox_glance> glance_at(std::string_view entry) {
  CodedInputStream in{reinterpret_cast<const uint8_t*>(entry.data()),
                      static_cast<int>(entry.size())};
  outbox_glance out;
  while (const auto tag = in.ReadTag())
    if (!read_field(in, tag, out)) return {};
  if (!in.ConsumedEntireMessage()) return {};
  return out;
}

}  // namespace postroom::app
