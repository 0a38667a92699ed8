// Latency curves as a picture.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace latchkey::load {

struct LatencyLine {
  std::string name;
  std::vector<std::pair<double, double>> points;  // percentile below 100, µs
};

// An SVG element: latency over percentile, both axes logarithmic, the percentile's towards 100 %. Lines are
// told apart by colour and by dashes, and named below the picture. `names` are escaped. Empty when no line
// has two points.
std::string LatencyChart(const std::vector<LatencyLine>& lines);

// Text within HTML.
std::string EscapedHtml(const std::string& text);

}  // namespace latchkey::load
