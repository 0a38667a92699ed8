# find_package(latchkey) gives latchkey::client, and latchkey::proto for what the client does not ask.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(absl CONFIG)
find_dependency(Protobuf)
find_dependency(gRPC CONFIG)
include("${CMAKE_CURRENT_LIST_DIR}/latchkeyTargets.cmake")
