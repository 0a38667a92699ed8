#include "adapters/policy_file/revision_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

absl::StatusOr<std::vector<PolicyRevision>> Parse(const std::string& path) {
  std::vector<PolicyRevision> revisions;
  try {
    const YAML::Node root = YAML::LoadFile(path);
    if (!root.IsSequence() || root.size() == 0)
      return absl::DataLossError(
          absl::StrCat(path, ": not a list of policy revisions; move it away to start anew"));
    for (const YAML::Node& node : root) {
      PolicyRevision revision{.number = node["number"].as<int64_t>(), .text = node["text"].as<std::string>()};
      revision.author = node["author"].as<std::string>();
      revision.reason = node["reason"].as<std::string>();
      revision.applied_at = TimePoint(Duration(node["applied_at_ms"].as<int64_t>()));
      if (const YAML::Node stage = node["stage"]; stage) {
        revision.rollout.stage = stage.as<std::string>() == "shadow" ? Stage::kShadow : Stage::kShare;
        revision.rollout.share_millionths = node["share_millionths"].as<int64_t>();
      }
      revisions.push_back(std::move(revision));
    }
  } catch (const YAML::Exception& error) {
    return absl::DataLossError(absl::StrCat(path, ": not a list of policy revisions (", error.what(),
                                            "); move it away to start anew"));
  }
  return revisions;
}

absl::Status WriteAndSync(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool ok = fd >= 0;
  for (size_t done = 0; ok && done < text.size();) {
    const ssize_t written = write(fd, text.data() + done, text.size() - done);
    ok = written > 0;
    done += ok ? static_cast<size_t>(written) : 0;
  }
  ok = ok && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (ok) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path, ": cannot be written: ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RevisionFile>> RevisionFile::Open(std::string path, PolicyRevision seed) {
  std::unique_ptr<RevisionFile> file(new RevisionFile(std::move(path)));
  std::vector<PolicyRevision> revisions;
  if (std::filesystem::exists(file->path_)) {
    LATCHKEY_ASSIGN_OR_RETURN(revisions, Parse(file->path_));
  } else {
    seed.number = 1;
    revisions.push_back(std::move(seed));
    LATCHKEY_RETURN_IF_ERROR(file->Write(revisions));
  }
  const MutexLock lock(file->mutex_);
  file->revisions_ = std::move(revisions);
  return file;
}

absl::Status RevisionFile::Write(const std::vector<PolicyRevision>& revisions) const {
  YAML::Emitter out;
  out << YAML::BeginSeq;
  for (const PolicyRevision& revision : revisions) {
    out << YAML::BeginMap << YAML::Key << "number" << YAML::Value << revision.number;
    out << YAML::Key << "author" << YAML::Value << revision.author;
    out << YAML::Key << "reason" << YAML::Value << revision.reason;
    out << YAML::Key << "applied_at_ms" << YAML::Value << revision.applied_at.time_since_epoch().count();
    if (revision.rollout.stage != Stage::kFull) {
      out << YAML::Key << "stage" << YAML::Value
          << (revision.rollout.stage == Stage::kShadow ? "shadow" : "share");
      out << YAML::Key << "share_millionths" << YAML::Value << revision.rollout.share_millionths;
    }
    out << YAML::Key << "text" << YAML::Value << YAML::DoubleQuoted << revision.text << YAML::EndMap;
  }
  out << YAML::EndSeq;
  const std::string fresh = path_ + ".new";
  LATCHKEY_RETURN_IF_ERROR(WriteAndSync(fresh, absl::StrCat(out.c_str(), "\n")));
  std::error_code error;
  std::filesystem::rename(fresh, path_, error);
  if (error) return absl::UnavailableError(absl::StrCat(path_, ": cannot be replaced: ", error.message()));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PolicyRevision>> RevisionFile::List() const {
  const MutexLock lock(mutex_);
  return revisions_;
}

absl::StatusOr<PolicyRevision> RevisionFile::Newest() const {
  const MutexLock lock(mutex_);
  return revisions_.front();
}

absl::StatusOr<PolicyRevision> RevisionFile::Add(int64_t expected, PolicyRevision revision) {
  const MutexLock lock(mutex_);
  const int64_t newest = revisions_.front().number;
  if (newest != expected) {
    return absl::AbortedError(
        absl::StrCat("the newest revision is ", newest, ", not ", expected, "; look at it and apply again"));
  }
  std::vector<PolicyRevision> next = revisions_;
  revision.number = newest + 1;
  next.insert(next.begin(), revision);
  if (next.size() > kKept) next.pop_back();
  LATCHKEY_RETURN_IF_ERROR(Write(next));
  revisions_ = std::move(next);
  return revision;
}

}  // namespace latchkey
