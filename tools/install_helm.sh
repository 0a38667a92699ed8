#!/usr/bin/env bash
# Builds Helm with Go into build/tools (some minutes), where tools/check_chart.py finds it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command -v go >/dev/null || { echo "install_helm.sh: needs Go (go.dev/doc/install)" >&2; exit 1; }
mkdir -p "$root/build/tools"
GOBIN="$root/build/tools" GOFLAGS=-buildvcs=false go install helm.sh/helm/v3/cmd/helm@v3.18.6
"$root/build/tools/helm" version --short
