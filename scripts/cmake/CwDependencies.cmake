# Every third-party library, found once, as Debian 12 packages it. All are SYSTEM: their headers
# do not take part in our warnings.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(date REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(GTest REQUIRED)
find_package(RocksDB 7.8 REQUIRED)
pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka)

# RapidJSON in Debian has headers only, without a CMake package.
find_path(CW_RAPIDJSON_INCLUDE rapidjson/document.h REQUIRED)
add_library(cw_rapidjson INTERFACE)
target_include_directories(cw_rapidjson SYSTEM INTERFACE "${CW_RAPIDJSON_INCLUDE}")
# Debian's RapidJSON predates C++17's deprecation of std::iterator.
target_compile_definitions(cw_rapidjson INTERFACE RAPIDJSON_HAS_STDSTRING=1
  "RAPIDJSON_FORCEINLINE=__attribute__((always_inline))")
