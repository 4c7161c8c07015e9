// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Other people's readers on the stream of a hostile host: every line stands for itself.
#include <fcntl.h>

#include <algorithm>

#include "live.hpp"

namespace proctree::live {
namespace {

TEST(StrictTest, JqReadsLineByLine) {
  Pipe pipe = make_pipe();
  const TempDir dir;
  const Fd out = open_file(dir.file("jq"), O_RDWR | O_CREAT);
  Launch jq;
  jq.argv = {"jq", "-c", "[.v, .type, .seq]"};
  jq.fds = {{pipe.read.get(), 0}, {out.get(), 1}, {2, 2}};
  const pid_t reader = launch(jq);
  pipe.read.reset();
  Tracer tracer({.stdout_fd = pipe.write.get()});
  pipe.write.reset();
  ASSERT_TRACING(tracer);
  Workload workload;
  for (const char* name : {"names", "args", "credentials"}) workload.start(name);
  workload.start("storm", {"root", "11", "500"});
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  EXPECT_EQ(status_text(wait_for(reader)), "exit 0") << "jq did not like what it read";

  const std::string lines = read_file(dir.file("jq"));
  const auto count = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  EXPECT_GT(count, 1500u);
  const std::string last = "[1,\"stop\"," + std::to_string(count) + "]\n";
  EXPECT_TRUE(lines.starts_with("[1,\"start\",1]\n"));
  EXPECT_TRUE(lines.ends_with(last)) << "not " << last;
}

}  // namespace
}  // namespace proctree::live
