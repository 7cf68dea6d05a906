#include "app/record_strip.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>

namespace postroom::app {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

std::string without_fields(std::string_view record, const std::vector<uint32_t>& numbers) {
  if (numbers.empty()) return std::string{record};
  CodedInputStream in{reinterpret_cast<const uint8_t*>(record.data()),
                      static_cast<int>(record.size())};
  std::string out;
  std::size_t kept_to = 0;
  for (std::size_t begin = 0; const auto tag = in.ReadTag();) {
    if (!WireFormatLite::SkipField(&in, tag)) return std::string{record};
    const auto end = static_cast<std::size_t>(in.CurrentPosition());
    const auto number = static_cast<uint32_t>(WireFormatLite::GetTagFieldNumber(tag));
    if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) {
      out.append(record, kept_to, begin - kept_to);
      kept_to = end;
    }
    begin = end;
  }
  if (!in.ConsumedEntireMessage()) return std::string{record};
  return out.append(record, kept_to);
}

}  // namespace postroom::app
