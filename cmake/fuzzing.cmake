# latchkey_fuzz(decode_token_fuzz SOURCES … LINK …) declares a fuzz target: LLVMFuzzerTestOneInput.
# `./dev fuzz NAME` runs it under libFuzzer. Every other build links it to a small driver that feeds it
# seeded noise and its corpus, tests/fuzz/corpus/NAME/, so that each test run replays what was found before.
option(LATCHKEY_FUZZ "Build fuzz targets for libFuzzer (needs clang)" OFF)
if(LATCHKEY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

function(latchkey_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  if(LATCHKEY_FUZZ)
    latchkey_executable(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    latchkey_executable(${name} SOURCES ${ARG_SOURCES} "${PROJECT_SOURCE_DIR}/tests/support/fuzz_replay.cc" LINK ${ARG_LINK})
    add_test(NAME fuzz/${name} COMMAND ${name} "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name}")
    set_tests_properties(fuzz/${name} PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()
