// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "confined.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace proctree::live {

namespace fs = std::filesystem;

UsersDir::UsersDir() { EXPECT_EQ(chown(path().c_str(), getpwnam("nobody")->pw_uid, 0), 0); }

std::string unit_of_service() {
  return read_file(std::string(PROCTREE_SOURCE_DIR) + "/packaging/proctree.service.in");
}

Tracer::Options confined(Tracer::Options options, const Way& way, const UsersDir& own,
                         const std::string& unit) {
  if (way.as_service) {
    // The checkout may lie in a home folder, which the service has none of: what runs is copied out of it.
    const std::string confine = std::string(PROCTREE_SOURCE_DIR) + "/tests/packaging/confine.py";
    for (const std::string& file : {confine, proctree_path()}) fs::copy(file, own.path());
    options.program = own.file(fs::path(proctree_path()).filename());
    EXPECT_EQ(chmod(options.program.c_str(), 0755), 0);
    std::ofstream(own.file("unit")) << unit;
    options.output = own.file("out");
    options.under = {own.file("confine.py"), own.file("unit"), own.path()};
  } else if (way.user != nullptr) {
    options.args.insert(options.args.end(), {"--run-as", way.user});
  }
  return options;
}

std::string status_value(pid_t pid, const std::string& key) {
  for (const std::string& line : lines_of(read_file("/proc/" + std::to_string(pid) + "/status")))
    if (line.starts_with(key + ":\t")) return line.substr(key.size() + 2);
  return "absent";
}

std::string four_times(std::uint32_t id) {
  const std::string one = std::to_string(id);
  return one + '\t' + one + '\t' + one + '\t' + one;
}

}  // namespace proctree::live
