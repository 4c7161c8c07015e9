// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/line_cutter.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "sink/cut_text.hpp"

namespace proctree {

namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
constexpr std::string_view kLineMark = ",\"line_truncated\":true";
constexpr std::string_view kMarkAround = ",\"_truncated\":true";
constexpr std::string_view kRawAround = ",\"_raw\":\"\"";

std::size_t mark_size(std::string_view name) { return name.size() + kMarkAround.size(); }

// After a whole link, and after the first one at least.
std::size_t chain_place(std::string_view chain, std::size_t most) {
  if (chain.size() <= most) return chain.size();
  const std::size_t last = most == 0 ? std::string_view::npos : chain.rfind(';', most);
  return last != std::string_view::npos ? last : std::min(chain.find(';'), chain.size());
}

std::size_t least_of(const LinePiece& piece, std::string_view line) {
  if (piece.cut == Cut::env) return 2;
  if (piece.list) return piece.has_raw ? 2 + piece.name.size() + kRawAround.size() : 2;
  if (piece.cut == Cut::chain)
    return 2 + chain_place(line.substr(piece.value.begin + 1, piece.value.size() - 2), 0);
  return kTextLeast + (piece.has_raw ? piece.name.size() + kRawAround.size() : 0);
}

}  // namespace

std::string_view LineCutter::cut(std::string_view line, std::size_t most) {
  line_ = line;
  found_.find(line);
  limits_.assign(found_.pieces().size(), kAll);
  ancestors_ = found_.ancestors().size();
  ancestor_sizes_.clear();
  for (const Span& ancestor : found_.ancestors()) ancestor_sizes_.push_back(ancestor.size());
  size_ = line.size() + kLineMark.size();
  drop_ancestors(most, kNearestAncestors);
  for (std::uint8_t cut = 0; cut < static_cast<std::uint8_t>(Cut::count); ++cut)
    limit(static_cast<Cut>(cut), most);
  drop_ancestors(most, 0);
  write();
  if (out_.size() > most) drop_members(most);
  return out_;
}

// The farthest first.
void LineCutter::drop_ancestors(std::size_t most, std::size_t least) {
  const bool whole = ancestors_ == ancestor_sizes_.size();
  if (size_ <= most || ancestors_ <= least) return;
  if (whole) size_ += mark_size("ancestors");
  while (size_ > most && ancestors_ > least) size_ -= ancestor_sizes_[--ancestors_];
}

// What is left for this kind of text is shared among its pieces so that the shortest stay whole.
void LineCutter::limit(Cut cut, std::size_t most) {
  if (size_ <= most) return;
  const auto& pieces = found_.pieces();
  const auto counts = [&](const LinePiece& piece) {
    return piece.cut == cut && piece.ancestor <= ancestors_;
  };
  sizes_.clear();
  std::size_t all = 0;
  for (const LinePiece& piece : pieces) {
    if (!counts(piece)) continue;
    sizes_.push_back(piece.whole.size());
    all += piece.whole.size() + mark_size(piece.name);
    size_ += mark_size(piece.name);
  }
  std::size_t left = all - std::min(all, size_ - most);
  for (const LinePiece& piece : pieces) {
    if (counts(piece)) left -= std::min(left, mark_size(piece.name));
  }
  const std::size_t share = share_of(sizes_, left);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const LinePiece& piece = pieces[i];
    if (!counts(piece)) continue;
    const std::size_t allowed = std::max(share, least_of(piece, line_));
    std::size_t saved = mark_size(piece.name);
    if (piece.whole.size() > allowed + saved) {
      limits_[i] = allowed;
      saved = piece.whole.size() - allowed;
    }
    size_ -= saved;
    if (piece.ancestor != 0 && limits_[i] != kAll)
      ancestor_sizes_[piece.ancestor - 1] -= saved - mark_size(piece.name);
  }
}

void LineCutter::write() {
  out_.clear();
  const auto& ancestors = found_.ancestors();
  const bool dropped = ancestors_ < ancestors.size();
  std::size_t at = 0;
  const auto copy_to = [&](std::size_t end) {
    if (end > at) out_ += line_.substr(at, end - at);
    at = std::max(at, end);
  };
  const auto drop = [&] {
    copy_to(ancestors[ancestors_].begin);
    out_ += ']';
    at = found_.ancestors_end();
    write_mark(1, "ancestors");
  };
  bool pending = dropped;
  for (std::size_t i = 0; i < limits_.size(); ++i) {
    const LinePiece& piece = found_.pieces()[i];
    if (pending && piece.whole.begin >= ancestors[ancestors_].begin) {
      drop();
      pending = false;
    }
    if (limits_[i] == kAll || piece.ancestor > ancestors_) continue;
    copy_to(piece.value.begin);
    write_piece(i);
    at = piece.whole.end;
    write_mark(piece.object, piece.name);
  }
  if (pending) drop();
  copy_to(line_.rfind('}'));
  if (!found_.is_marked(1, "line")) out_ += kLineMark;
  out_ += '}';
}

void LineCutter::write_mark(std::uint32_t object, std::string_view name) {
  if (found_.is_marked(object, name)) return;
  out_ += ",\"";
  out_ += name;
  out_ += "_truncated\":true";
}

void LineCutter::write_piece(std::size_t index) {
  const LinePiece& piece = found_.pieces()[index];
  if (piece.cut == Cut::env) {
    env_.write(out_, line_, found_.variables(), limits_[index]);
  } else if (piece.has_raw) {
    write_exact(piece, limits_[index]);
  } else if (piece.list) {
    write_list(piece, limits_[index]);
  } else {
    write_text(piece, limits_[index]);
  }
}

void LineCutter::write_text(const LinePiece& piece, std::size_t limit) {
  const std::string_view text = line_.substr(piece.value.begin + 1, piece.value.size() - 2);
  const std::size_t end = piece.cut == Cut::chain ? chain_place(text, limit - 2) : cut_place(text, limit - 2);
  out_ += '"';
  out_ += text.substr(0, end);
  out_ += '"';
}

// Whole strings, and the beginning of the next one.
void LineCutter::write_list(const LinePiece& piece, std::size_t limit) {
  const std::string_view list = line_.substr(piece.value.begin, piece.value.size());
  const std::size_t begin = out_.size();
  out_ += '[';
  std::size_t at = 1;
  while (true) {
    at = list.find('"', at);
    if (at == std::string_view::npos) break;
    std::size_t end = at + 1;
    while (list[end] != '"' || !is_unescaped(list, end)) end = list.find('"', end + 1);
    const std::string_view text = list.substr(at + 1, end - at - 1);
    const std::size_t used = out_.size() - begin + 4;  // quotes, a comma, the bracket
    if (used >= limit) break;
    const std::size_t fits = cut_place(text, limit - used);
    if (fits == 0 && !text.empty()) break;
    if (out_.size() - begin > 1) out_ += ',';
    out_ += '"';
    out_ += text.substr(0, fits);
    out_ += '"';
    if (fits < text.size()) break;
    at = end + 1;
  }
  out_ += ']';
}

// A text that isn't UTF-8 is cut where its exact bytes are, and both are written again.
void LineCutter::write_exact(const LinePiece& piece, std::size_t limit) {
  const std::string_view bytes =
      decode_base64(line_.substr(piece.raw.begin, piece.raw.size()), limit, bytes_);
  const std::size_t begin = out_.size();
  // Most texts are uniform: how much of one fits is then known without a look at each byte.
  std::size_t guess = bytes.size() * limit / (piece.whole.size() + 64);
  for (int i = 0; i < 3 && guess > 0 && guess < bytes.size() && (bytes[guess] & 0xc0) == 0x80; ++i) --guess;
  if (bytes.size() < limit && guess > 0) {
    write_exact(piece, bytes.substr(0, guess));
    const std::size_t written = out_.size() - begin;
    if (written <= limit && written >= limit - limit / 8) return;
    out_.resize(begin);
  }
  const std::size_t around = piece.name.size() + kRawAround.size() + 2 + (piece.list ? 2 : 0);
  write_exact(piece, bytes.substr(0, fitting(bytes, piece.list, limit - std::min(around, limit))));
}

void LineCutter::write_exact(const LinePiece& piece, std::string_view text) {
  json_.clear();
  bool valid = true;
  if (piece.list) {
    json_.begin_array();
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t to = std::min(text.find('\0', from), text.size());
      valid &= json_.string(text.substr(from, to - from));
      from = to + 1;
    }
    json_.end_array();
  } else {
    valid = json_.string(text);
  }
  out_ += json_.text();
  if (valid) return;
  out_ += ",\"";
  out_ += piece.name;
  out_ += "_raw\":";
  json_.clear();
  json_.base64(text);
  out_ += json_.text();
}

// Not written by us: a recording of other fields, too many or too large. They are dropped, the last first;
// what identifies the process and the line stays.
void LineCutter::drop_members(std::size_t most) {
  static constexpr std::array kRequired = {
      std::string_view("v"),        std::string_view("type"),          std::string_view("stream"),
      std::string_view("seq"),      std::string_view("time"),          std::string_view("ktime_ns"),
      std::string_view("pid"),      std::string_view("start_ns"),      std::string_view("id"),
      std::string_view("ppid"),     std::string_view("creator_pid"),   std::string_view("creator_id"),
      std::string_view("exec_seq"), std::string_view("line_truncated")};
  constexpr std::size_t kRequiredMost = 256;
  const std::string text = std::move(out_);
  found_.find(text);
  const auto& members = found_.members();
  std::vector<bool> stays(members.size(), true);
  std::size_t size = text.size();
  for (std::size_t i = members.size(); i-- > 0 && size > most;) {
    const bool required = std::ranges::find(kRequired, members[i].name) != kRequired.end();
    if (required && members[i].span.size() <= kRequiredMost) continue;
    stays[i] = false;
    size -= members[i].span.size();
  }
  out_.clear();
  out_ += '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!stays[i]) continue;
    std::string_view member = std::string_view(text).substr(members[i].span.begin, members[i].span.size());
    if (member.starts_with(',')) member.remove_prefix(1);
    if (out_.size() > 1) out_ += ',';
    out_ += member;
  }
  out_ += '}';
}

}  // namespace proctree
