#include "load-tests/latency_chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace latchkey::load {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 300;
constexpr double kLeft = 64;
constexpr double kRight = 16;
constexpr double kTop = 12;
constexpr double kBottom = 34;

// Colours that people with colour blindness tell apart (Okabe and Ito).
constexpr const char* kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};
constexpr const char* kDashes[] = {"", "7 3", "2 3", "9 3 2 3"};

// How many nines: 0 at 0 %, 1 at 90 %, 2 at 99 %.
double Nines(double percentile) { return -std::log10(std::max(1 - percentile / 100, 1e-9)); }

struct Axes {
  double nines;   // at the right edge
  double lowest;  // log10 of µs at the bottom
  double highest;

  [[nodiscard]] double X(double percentile) const {
    return kLeft + Nines(percentile) / nines * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double Y(double micros) const {
    const double share = (std::log10(std::max(micros, 1e-3)) - lowest) / (highest - lowest);
    return kHeight - kBottom - share * (kHeight - kTop - kBottom);
  }
};

std::string Duration(double micros) {
  if (micros >= 1e6) return absl::StrFormat("%g s", micros / 1e6);
  if (micros >= 1e3) return absl::StrFormat("%g ms", micros / 1e3);
  return absl::StrFormat("%g µs", micros);
}

void AppendGrid(const Axes& axes, std::string& out) {
  const double bottom = kHeight - kBottom;
  for (const double percentile : {0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999}) {
    if (Nines(percentile) > axes.nines + 1e-6) break;
    const double x = axes.X(percentile);
    absl::StrAppendFormat(
        &out,
        "<path class=grid d='M%.1f %.1fV%.1f'/><text x='%.1f' y='%.1f' text-anchor=middle>%g%%</text>\n", x,
        kTop, bottom, x, bottom + 18, percentile);
  }
  for (double power = axes.lowest; power <= axes.highest + 1e-6; power += 1) {
    const double micros = std::pow(10, power);
    absl::StrAppendFormat(
        &out, "<path class=grid d='M%.1f %.1fH%.1f'/><text x='%.1f' y='%.1f' text-anchor=end>%s</text>\n",
        kLeft, axes.Y(micros), kWidth - kRight, kLeft - 8, axes.Y(micros) + 4, Duration(micros));
  }
}

}  // namespace

std::string EscapedHtml(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string LatencyChart(const std::vector<LatencyLine>& lines) {
  double nines = 0;
  double least = 1e12;
  double most = 0;
  for (const LatencyLine& line : lines) {
    if (line.points.size() < 2) continue;
    for (const auto& [percentile, micros] : line.points) {
      nines = std::max(nines, Nines(percentile));
      least = std::min(least, micros);
      most = std::max(most, micros);
    }
  }
  if (nines <= 0) return "";
  const double lowest = std::floor(std::log10(std::max(least, 1e-3)));
  const Axes axes{nines, lowest, std::max(std::ceil(std::log10(std::max(most, 1e-3))), lowest + 1)};
  std::string out = absl::StrFormat(
      "<svg viewBox='0 0 %g %g' role=img aria-label='latency over percentile'>\n", kWidth, kHeight);
  AppendGrid(axes, out);
  std::string legend = "<ul class=legend>";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].points.size() < 2) continue;
    const char* colour = kColours[i % std::size(kColours)];
    const char* dash = kDashes[i / std::size(kColours) % std::size(kDashes)];
    std::string path;
    for (const auto& [percentile, micros] : lines[i].points) {
      absl::StrAppendFormat(&path, "%s%.1f %.1f", path.empty() ? "M" : "L", axes.X(percentile),
                            axes.Y(micros));
    }
    absl::StrAppendFormat(&out, "<path class=line stroke='%s' stroke-dasharray='%s' d='%s'/>\n", colour, dash,
                          path);
    absl::StrAppendFormat(
        &legend,
        "<li><svg class=key viewBox='0 0 28 8'><path class=line stroke='%s' stroke-dasharray='%s' "
        "d='M0 4H28'/></svg>%s</li>",
        colour, dash, EscapedHtml(lines[i].name));
  }
  absl::StrAppend(&out, "</svg>\n", legend, "</ul>\n");
  return out;
}

}  // namespace latchkey::load
