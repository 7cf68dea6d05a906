# postroom_proto(target file.proto ...): generates and compiles C++ for the given schemas. Paths are relative to proto/.
function(postroom_proto target)
  set(generated)
  foreach(file IN LISTS ARGN)
    string(REGEX REPLACE "\\.proto$" "" stem ${file})
    set(out ${CMAKE_BINARY_DIR}/gen/${stem}.pb)
    add_custom_command(
      OUTPUT ${out}.cc ${out}.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/gen
      COMMAND protobuf::protoc --cpp_out=${CMAKE_BINARY_DIR}/gen -I ${CMAKE_SOURCE_DIR}/proto ${CMAKE_SOURCE_DIR}/proto/${file}
      DEPENDS ${CMAKE_SOURCE_DIR}/proto/${file} protobuf::protoc)
    list(APPEND generated ${out}.cc)
  endforeach()
  add_custom_target(${target}_sources DEPENDS ${generated}) # for tools that read code and need no library
  add_library(${target} STATIC ${generated})
  set_target_properties(${target} PROPERTIES PROTO_FILES "${ARGN}")
  target_include_directories(${target} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/gen)
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf)
endfunction()
