# What the start scripts of peers share; sourced by them.
#
# `NAME.sh install` fetches a peer through its ordinary package client into build/peers, once.
# `NAME.sh [VARIANT]` starts it on loopback and says on lines of their own: `version …`, `pid server N`,
# `pid redis N`, `port N`, and at last `ready`. It ends with the script, which ends on SIGTERM.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
PEERS=$ROOT/build/peers
children=()
folder=

die() { printf '%s\n' "$*" >&2; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || die "absent: no $1 on this machine"; }

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# run KIND COMMAND…: a child that ends with us, however we end.
run() {
  local kind=$1
  shift
  setpriv --pdeathsig KILL -- "$@" &
  children+=($!)
  echo "pid $kind $!"
}

end() {
  local child
  trap - EXIT TERM INT
  for child in "${children[@]}"; do kill -TERM "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  [[ -z $folder ]] || rm -rf "$folder"
}
trap end EXIT
trap 'end; exit 0' TERM INT

# make_folder: $folder is ours until we end.
make_folder() { folder=$(mktemp -d); }

await_port() {
  local i child
  for ((i = 0; i < 200; i++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    for child in "${children[@]}"; do kill -0 "$child" 2>/dev/null || die "a program has ended early"; done
    sleep 0.05
  done
  die "nothing serves on port $1"
}

# start_redis PORT: keeps nothing on disk, as the one that Latchkey is measured with.
start_redis() {
  need redis-server
  run redis redis-server --port "$1" --bind 127.0.0.1 --save "" --appendonly no --dir "$folder"
  await_port "$1"
}

# serve PORT: says that it is ready, and stays until it is told to end.
serve() {
  await_port "$1"
  echo "port $1"
  echo ready
  wait -n "${children[@]}" || true
  die "a program has ended early"
}
