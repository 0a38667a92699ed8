// What tests of the lab share: policies and scenarios of this repository, on the memory store.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/memory/lab_store.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "adapters/scenario_file/yaml_scenario_reader.h"
#include "engine/lab/lab.h"

namespace latchkey::lab {

inline LabPorts MemoryPorts() { return MemoryLabPorts(); }

inline std::shared_ptr<const Policy> PolicyOfFile(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadPolicyText(path);
  if (!text.ok()) throw std::runtime_error(std::string(text.status().message()));
  PolicyReading reading = YamlPolicyReader().Read(*text, 1);
  const absl::Status status = StatusOf(reading, path);
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
  return reading.policy;
}

inline Scenario ScenarioOfFile(const std::string& path) {
  absl::StatusOr<Scenario> scenario = ReadScenarioFile(path);
  if (!scenario.ok()) throw std::runtime_error(std::string(scenario.status().message()));
  return *std::move(scenario);
}

inline Scenario ScenarioOfText(const std::string& text) {
  absl::StatusOr<Scenario> scenario = YamlScenarioReader().Read("test.yaml", text);
  if (!scenario.ok()) throw std::runtime_error(std::string(scenario.status().message()));
  return *std::move(scenario);
}

// All files of a folder that end so, in order.
inline std::vector<std::string> FilesIn(const std::string& folder, const std::string& ending = ".yaml") {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ending) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Everything that came out, as text.
inline std::string TextOf(const Figures& figures) {
  std::string text;
  for (const FigureKind& kind : FigureKinds()) {
    const auto& figure = figures.*(kind.member);
    text += std::string(kind.name) + " " + (figure ? std::to_string(*figure) : "none") + "\n";
  }
  return text;
}

}  // namespace latchkey::lab
