#include "server/recording_source.h"

#include "engine/base/status_macros.h"

namespace latchkey {

absl::StatusOr<std::unique_ptr<RecordingSource>> RecordingSource::Open(const ServerSettings& settings,
                                                                       Parts parts) {
  const RecordingSettings& wanted = settings.recording;
  if (!wanted.on) return nullptr;
  std::unique_ptr<RecordingSource> source(new RecordingSource());
  source->recorder_ =
      std::make_unique<Recorder>(Recorder::Parts{.sealer = parts.sealer,
                                                 .revocations = parts.revocations,
                                                 .policies = parts.policies,
                                                 .queue = source->queue_,
                                                 .stakes = &parts.stakes},
                                 RecorderSettings{.names = wanted.show_names, .share = wanted.share});
  RecordingHeader header{.environment = settings.environment, .names = wanted.show_names};
  header.share_millionths = static_cast<int64_t>(wanted.share * 1e6);
  LATCHKEY_ASSIGN_OR_RETURN(source->writer_,
                            parts.stores.OpenRecording(wanted, std::move(header), source->queue_));
  return source;
}

}  // namespace latchkey
