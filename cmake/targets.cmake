# latchkey_library(engine SOURCES … LINK …) declares latchkey_engine and latchkey::engine.
# Includes are written from the root of the repository: "engine/base/clock.h".
function(latchkey_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LINK_PRIVATE" ${ARGN})
  add_library(latchkey_${name} STATIC ${ARG_SOURCES})
  add_library(latchkey::${name} ALIAS latchkey_${name})
  target_compile_features(latchkey_${name} PUBLIC cxx_std_20)
  target_include_directories(latchkey_${name} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>")
  target_link_libraries(latchkey_${name} PUBLIC ${ARG_LINK}
                        PRIVATE ${ARG_LINK_PRIVATE} "$<BUILD_INTERFACE:latchkey_warnings>")
endfunction()

# latchkey_executable(latchkeyd SOURCES … LINK …)
function(latchkey_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} latchkey_warnings)
endfunction()
