# postroom_room(NAME mail ROOMS base proto PRIVATE PkgConfig::GMIME SOURCES a.cpp b.cpp)
# One static library per room. ROOMS are the rooms it may include; third-party libraries are PRIVATE,
# so their headers cannot reach a public header of ours.
function(postroom_room)
  cmake_parse_arguments(R "" "NAME" "ROOMS;PUBLIC;PRIVATE;SOURCES" ${ARGN})
  set(target postroom_${R_NAME})
  add_library(${target} STATIC ${R_SOURCES})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE postroom_warnings)
  foreach(room IN LISTS R_ROOMS)
    target_link_libraries(${target} PUBLIC postroom_${room})
  endforeach()
  target_link_libraries(${target} PUBLIC ${R_PUBLIC} PRIVATE ${R_PRIVATE})
endfunction()
