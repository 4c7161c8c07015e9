// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Opens the destination of lines, so that neither the opening nor a later write waits where no signal is
// handled.
#pragma once

#include <string>

#include "proctree/error.hpp"
#include "sink/stop_request.hpp"

namespace proctree {

// For appending; a file is made where none is, for owner and group only. What is no regular file is opened
// non-blocking: a FIFO without a reader is an error, for which lacks_reader() holds.
[[nodiscard]] Result<int> open_for_output(const std::string& path);

[[nodiscard]] bool lacks_reader(const Error& error, const std::string& path);

// Like open_for_output(), but waits for the reader of a FIFO. Where the stop is asked for meanwhile: the
// error that the reader is gone (is_reader_gone()).
[[nodiscard]] Result<int> open_for_reader(const std::string& path, const StopRequest& stop);

// A descriptor of our own, non-blocking, on the pipe or the terminal that a standard descriptor is: the flag
// belongs to what was opened, which others share (a shell's pipeline). -1: none can be had, or none is
// needed.
[[nodiscard]] int open_standard(int standard_fd);

}  // namespace proctree
