#pragma once

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <string_view>

/// How much a body unfolds into: an empty item of a list costs two bytes on the wire, none of which
/// may be left after packing, and a hundred in memory.
namespace postroom::api {

/// Of one request. A whole configuration of 50,000 people has fewer.
inline constexpr std::size_t max_elements = 500'000;

/// The values in a JSON text, but at least: each object, list, member and item. Needs no proper
/// JSON: of any text that protobuf's parser takes up to some place, what it has made until there is
/// no more. Stops counting above `most`.
std::size_t json_elements(std::string_view body, std::size_t most = max_elements);

/// The fields in a message of this type in binary, those of the messages within and unknown ones
/// too. Items of packed lists, of numbers only, do not count: they cost no more than eight bytes.
/// Stops where it is no such message, as the parser does, and above `most`.
std::size_t binary_elements(std::string_view body, const google::protobuf::Descriptor& type,
                            std::size_t most = max_elements);

}  // namespace postroom::api
