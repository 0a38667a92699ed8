#!/usr/bin/env bash
# envoyproxy/ratelimit on a Redis of its own: 5 a minute for an account, 50 a minute for an address. Statistics off, as
# its log sink costs extra; without implicit pipelining, which costs it more processor time in all than it saves Redis.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PROGRAM=$PEERS/ratelimit/service_cmd

if [[ ! -x $PROGRAM ]]; then
  need go
  GOBIN=$PEERS/ratelimit GOFLAGS=-buildvcs=false go install github.com/envoyproxy/ratelimit/src/service_cmd@latest >&2
fi
[[ ${1:-} != install ]] || exit 0

make_folder
mkdir "$folder/config"
cat >"$folder/config/login.yaml" <<'YAML'
domain: login
descriptors:
  - key: account
    rate_limit: { unit: minute, requests_per_unit: 5 }
  - key: ip
    rate_limit: { unit: minute, requests_per_unit: 50 }
YAML
redis_port=$(free_port) port=$(free_port) http_port=$(free_port) debug_port=$(free_port)
echo "version $(go version -m "$PROGRAM" 2>/dev/null | awk '$1 == "mod" { print $3 }')"
start_redis "$redis_port"
export DISABLE_STATS=true USE_STATSD=false LOG_LEVEL=error
export REDIS_SOCKET_TYPE=tcp REDIS_URL=127.0.0.1:$redis_port
export RUNTIME_ROOT=$folder RUNTIME_SUBDIRECTORY= RUNTIME_APPDIRECTORY=config RUNTIME_WATCH_ROOT=false
export HOST=127.0.0.1 PORT=$http_port GRPC_HOST=127.0.0.1 GRPC_PORT=$port DEBUG_HOST=127.0.0.1 DEBUG_PORT=$debug_port
run server "$PROGRAM"
serve "$port"
