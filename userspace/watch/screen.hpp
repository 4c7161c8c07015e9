// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The terminal as a screen. Of all of proctree only screen.cc knows ncurses.
#pragma once

#include <memory>
#include <vector>

#include "proctree/error.hpp"
#include "watch/frame.hpp"

namespace proctree::watch {

class Screen {
 public:
  // Whether standard input and output are a terminal that a screen can be had of. Nothing is written yet.
  static Result<void> check();
  // Takes the terminal, until the end of this object or suspend(). There is one at a time.
  static Result<Screen> open();
  Screen(Screen&&) noexcept;
  Screen& operator=(Screen&&) = delete;
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  [[nodiscard]] Size size() const;
  // The keys pressed since, without waiting for any.
  [[nodiscard]] std::vector<Key> keys();
  // Writes what differs from what stands there. False: the terminal takes nothing in, for its user holds it
  // (Ctrl-S) or its line is slow and has not sent the last one yet. It is not waited for.
  [[nodiscard]] bool show(const Frame& frame) const;
  // The terminal has another size.
  void resize();
  // Gives the terminal back, stops this process as Ctrl-Z does, and takes the terminal again.
  void suspend();

 private:
  struct Taken;
  explicit Screen(std::unique_ptr<Taken> taken);

  std::unique_ptr<Taken> taken_;
};

}  // namespace proctree::watch
