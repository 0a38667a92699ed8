# The installed client, found and used by a project that has nothing else of ours.
#
#   cmake -DBUILD=… -DSOURCE=… -DFOLDER=… -DCXX=… -P install_test.cmake
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}: ${result}\n${said}")
  endif()
endfunction()

file(REMOVE_RECURSE "${FOLDER}")
file(WRITE "${FOLDER}/CMakeLists.txt" "
cmake_minimum_required(VERSION 3.25)
project(shop LANGUAGES CXX)
find_package(latchkey 0.1 REQUIRED)
add_executable(login ${SOURCE}/examples/cpp/login.cc)
target_link_libraries(login PRIVATE latchkey::client)
")
run("${CMAKE_COMMAND}" --install "${BUILD}" --component client --prefix "${FOLDER}/installed")
run("${CMAKE_COMMAND}" -G Ninja -S "${FOLDER}" -B "${FOLDER}/build" "-DCMAKE_CXX_COMPILER=${CXX}"
    "-DCMAKE_PREFIX_PATH=${FOLDER}/installed")
run("${CMAKE_COMMAND}" --build "${FOLDER}/build")
execute_process(COMMAND "${FOLDER}/build/login" RESULT_VARIABLE result ERROR_VARIABLE said)
if(NOT said MATCHES "usage: login")
  message(FATAL_ERROR "login: ${result}: ${said}")
endif()
file(REMOVE_RECURSE "${FOLDER}")
