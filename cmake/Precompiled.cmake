# Precompiled headers: what others wrote, and the schemas' generated classes; never headers of ours, which change too often.
# A source still includes all it uses. The presets without POSTROOM_PCH compile it without, so a missing include is found.
option(POSTROOM_PCH "precompile the headers of the standard library, Protobuf, CAF and GoogleTest" OFF)
if(POSTROOM_PCH)
  # Some libraries ask for these, and compilers refuse a precompiled header that was made without.
  add_compile_options(-pthread)
  add_compile_definitions(_LARGEFILE64_SOURCE)
endif()

set(POSTROOM_PCH_std
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <deque> <fstream> <functional> <map> <memory>
  <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>)
set(POSTROOM_PCH_messages ${POSTROOM_PCH_std}
  <postroom/admin/v1/admin.pb.h> <postroom/config/v1/config.pb.h> <postroom/record/v1/record.pb.h>)
set(POSTROOM_PCH_actors ${POSTROOM_PCH_messages}
  <caf/actor_system.hpp> <caf/actor_system_config.hpp> <caf/event_based_actor.hpp> <caf/response_promise.hpp> <caf/send.hpp>
  <caf/stateful_actor.hpp> <caf/typed_actor.hpp> <caf/typed_event_based_actor.hpp>)

# One set of headers is compiled once and reused by all targets of its kind; `with` are libraries whose flags it needs.
function(postroom_pch_provider name headers with)
  if(TARGET ${name})
    return()
  endif()
  set(nothing ${CMAKE_BINARY_DIR}/pch/${name}.cpp)
  if(NOT EXISTS ${nothing})
    file(WRITE ${nothing} "// Nothing: a target needs a source.\n")
  endif()
  add_library(${name} OBJECT ${nothing})
  target_link_libraries(${name} PRIVATE postroom_warnings ${with})
  target_precompile_headers(${name} PRIVATE ${headers})
  if(CMAKE_CXX_COMPILER_LAUNCHER)
    set_target_properties(${name} PROPERTIES
      CXX_COMPILER_LAUNCHER "${CMAKE_SOURCE_DIR}/tools/fresh_pch.sh;${CMAKE_CXX_COMPILER_LAUNCHER}")
  endif()
  # ccache cannot tell two of clang's apart, or find them equal, by a time of day inside.
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
endfunction()

# postroom_precompile(target "base;proto;mail" TEST): gives a target the headers that fit the rooms it sees. TEST adds GoogleTest.
function(postroom_precompile target rooms)
  if(NOT POSTROOM_PCH)
    return()
  endif()
  set(kind std)
  set(with)
  if(rooms MATCHES "(^|;)(actors|app)(;|$)")
    set(kind actors)
    set(with postroom_proto CAF::core)
  elseif(rooms MATCHES "(^|;)(proto|partitions|config|storage|access|secrets)(;|$)")
    set(kind messages)
    set(with postroom_proto)
  endif()
  set(provider postroom_pch_${kind})
  set(headers ${POSTROOM_PCH_${kind}})
  if("TEST" IN_LIST ARGN)
    string(APPEND provider _test)
    list(APPEND headers <gtest/gtest.h>)
    list(APPEND with GTest::gtest)
  endif()
  postroom_pch_provider(${provider} "${headers}" "${with}")
  target_precompile_headers(${target} REUSE_FROM ${provider})
endfunction()
