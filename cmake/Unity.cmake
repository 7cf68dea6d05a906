# Unity builds: several sources in one translation unit, so that the headers they share, and CAF's templates, are compiled once.
# The preset dev compiles each source alone, and tools/check_alone.sh reads each alone, so a missing include is found.
option(POSTROOM_UNITY "compile several sources of a room or a test program at once" OFF)
set(POSTROOM_UNITY_SIZE 8) # sources; more would keep one of two cores waiting at the end
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# Which sources go together is decided when the build is configured; names that clash afterwards are errors of the compiler.
function(postroom_unity target sources)
  if(NOT POSTROOM_UNITY)
    return()
  endif()
  execute_process(
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/unity_groups.py ${POSTROOM_UNITY_SIZE} ${sources}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE groups OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  foreach(source group IN ZIP_LISTS sources groups)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP part${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
