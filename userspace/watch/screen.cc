// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/screen.hpp"

// What ncurses defines beside its functions are macros named erase, move, timeout…,
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <ncursesw/curses.h>
#include <ncursesw/term.h>
// and, in term.h, of every capability.
#undef lines
#undef columns
#undef tab

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace proctree::watch {

namespace {

constexpr int kEscapeDelayMs = 25;
// ncurses keeps three images of the screen, of 28 bytes a cell; a terminal may call itself 65,535 × 65,535.
constexpr int kMostColumns = 1000;
constexpr int kMostLines = 400;

const char* terminal_type() {
  const char* term = std::getenv("TERM");
  return term == nullptr ? "" : term;
}

tl::unexpected<Error> fail_terminal_type() {
  return fail(ErrorCode::unsupported,
              "nothing is known of the terminal type '" + std::string(terminal_type()) + "' (TERM)",
              "set TERM to what this terminal is, or to one that most are like: TERM=xterm");
}

// One of TextStyle's colours, without its escape and its m: "1;31".
attr_t attributes_of(std::string_view codes) {
  attr_t attributes = A_NORMAL;
  while (!codes.empty()) {
    const std::size_t end = std::min(codes.find(';'), codes.size());
    const std::string_view code = codes.substr(0, end);
    codes.remove_prefix(std::min(end + 1, codes.size()));
    if (code == "1") attributes |= A_BOLD;
    if (code == "2") attributes |= A_DIM;
    if (code.size() == 2 && code[0] == '3' && has_colors()) {
      attributes |= static_cast<attr_t>(COLOR_PAIR(code[1] - '0'));
    }
  }
  return attributes;
}

void write_line(std::string_view line, attr_t base) {
  while (!line.empty()) {
    const std::size_t escape = std::min(line.find('\x1b'), line.size());
    waddnstr(stdscr, line.data(), static_cast<int>(escape));
    line.remove_prefix(escape);
    if (line.empty()) return;
    const std::size_t end = std::min(line.find('m'), line.size() - 1);
    wattrset(stdscr, static_cast<int>(base | attributes_of(line.substr(2, end - 2))));
    line.remove_prefix(end + 1);
  }
}

bool accepts_output() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) > 0;
}

// Of what was written, a serial line has yet to send some: more would only be seen later.
bool is_sending() {
  int waiting = 0;
  return ioctl(STDOUT_FILENO, TIOCOUTQ, &waiting) == 0 && waiting > 0;
}

// xterm's modes 1000 and 1006: buttons are reported, as KeyParser reads them. Written to terminals that say
// they have a mouse; others of that kind ignore modes that they don't know.
constexpr std::string_view kMouseOn = "\x1b[?1000h\x1b[?1006h";
constexpr std::string_view kMouseOff = "\x1b[?1006l\x1b[?1000l";

bool has_mouse() {
  const char* reports = tigetstr("kmous");
  return reports != nullptr && reports != reinterpret_cast<const char*>(-1);
}

void write_mode(std::string_view mode) {
  if (has_mouse()) (void)!::write(STDOUT_FILENO, mode.data(), mode.size());
}

// Keys that the terminal has names for.
std::optional<Key::Name> name_of(int code) {
  using Name = Key::Name;
  static constexpr std::array<std::pair<int, Name>, 10> kNames = {{{KEY_UP, Name::up},
                                                                   {KEY_DOWN, Name::down},
                                                                   {KEY_LEFT, Name::left},
                                                                   {KEY_RIGHT, Name::right},
                                                                   {KEY_PPAGE, Name::page_up},
                                                                   {KEY_NPAGE, Name::page_down},
                                                                   {KEY_HOME, Name::home},
                                                                   {KEY_END, Name::end},
                                                                   {KEY_ENTER, Name::enter},
                                                                   {KEY_BACKSPACE, Name::backspace}}};
  const auto* found = std::ranges::find(kNames, code, &std::pair<int, Name>::first);
  return found == kNames.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

struct Screen::Taken {
  SCREEN* screen = nullptr;
  KeyParser parser;

  Taken() = default;
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  ~Taken() {
    if (screen == nullptr) return;
    give_back();
    delscreen(screen);
  }
  static void give_back() {
    if (!accepts_output()) {
      // It would block, perhaps indefinitely. What a key has stopped goes on only after it was stopped
      // by a call as well.
      tcflow(STDOUT_FILENO, TCOOFF);
      tcflow(STDOUT_FILENO, TCOON);
      tcflush(STDOUT_FILENO, TCOFLUSH);
    }
    write_mode(kMouseOff);
    endwin();
  }
};

Screen::Screen(std::unique_ptr<Taken> taken) : taken_(std::move(taken)) {}
Screen::Screen(Screen&&) noexcept = default;
Screen::~Screen() = default;

Result<void> Screen::check() {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
    return fail(ErrorCode::invalid_argument, "--watch needs a terminal as its input and output",
                "without --watch, trace writes lines to a file or a pipe");
  }
  int status = 0;
  if (setupterm(terminal_type(), STDOUT_FILENO, &status) != OK) return fail_terminal_type();
  const bool moves = tigetstr("cup") != nullptr;
  del_curterm(set_curterm(nullptr));
  if (!moves) return fail_terminal_type();
  return {};
}

Result<Screen> Screen::open() {
  // Ours are UTF-8 whatever the locale; this one is part of the C library.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  // Not by ncurses, which accepts any size: resize() checks.
  use_env(false);
  use_tioctl(false);
  set_escdelay(kEscapeDelayMs);
  auto taken = std::make_unique<Taken>();
  taken->screen = newterm(terminal_type(), stdout, stdin);
  if (taken->screen == nullptr) return fail_terminal_type();
  cbreak();
  noecho();
  nonl();
  curs_set(0);
  wtimeout(stdscr, 0);
  keypad(stdscr, true);
  keyok(KEY_MOUSE, false);  // reports come as characters
  idlok(stdscr, true);      // lines that move are moved there, not rewritten
  if (has_colors()) {
    start_color();
    use_default_colors();
    for (short colour = 1; colour < 8; ++colour) init_pair(colour, colour, -1);
  }
  Screen screen(std::move(taken));
  screen.resize();
  write_mode(kMouseOn);
  return screen;
}

Size Screen::size() const {
  return {static_cast<std::size_t>(std::max(getmaxx(stdscr), 1)),
          static_cast<std::size_t>(std::max(getmaxy(stdscr), 1))};
}

std::vector<Key> Screen::keys() {
  std::vector<Key> keys;
  wint_t code = 0;
  for (int kind = wget_wch(stdscr, &code); kind != ERR; kind = wget_wch(stdscr, &code)) {
    if (kind != KEY_CODE_YES) {
      taken_->parser.take(code, keys);
      continue;
    }
    taken_->parser.finish(keys);
    if (const auto name = name_of(static_cast<int>(code))) keys.push_back({*name, {}, 0});
  }
  taken_->parser.finish(keys);
  return keys;
}

bool Screen::show(const Frame& frame) const {
  if (!accepts_output() || is_sending()) return false;
  werase(stdscr);
  const std::size_t count = std::min(frame.lines.size(), size().lines);
  for (std::size_t at = 0; at < count; ++at) {
    const attr_t base = at == frame.bar ? A_REVERSE : A_NORMAL;
    wattrset(stdscr, static_cast<int>(base));
    wmove(stdscr, static_cast<int>(at), 0);
    write_line(frame.lines[at], base);
    if (at == frame.bar) mvwchgat(stdscr, static_cast<int>(at), 0, -1, A_REVERSE, 0, nullptr);
  }
  wattrset(stdscr, A_NORMAL);
  wrefresh(stdscr);
  return true;
}

void Screen::resize() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return;
  resizeterm(std::min<int>(size.ws_row, kMostLines), std::min<int>(size.ws_col, kMostColumns));
  clearok(curscr, true);
}

// By the signal's default action, which the kernel skips where no process could continue this one.
void Screen::suspend() {
  Taken::give_back();
  std::signal(SIGTSTP, SIG_DFL);
  sigset_t stop;
  sigset_t before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  sigprocmask(SIG_UNBLOCK, &stop, &before);
  std::raise(SIGTSTP);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  write_mode(kMouseOn);
  resize();
}

}  // namespace proctree::watch
