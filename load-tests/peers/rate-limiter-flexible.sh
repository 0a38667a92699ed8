#!/usr/bin/env bash
# rate-limiter-flexible behind node's own HTTP server: 5 a minute for an account, 50 a minute for an address.
# VARIANT: memory (the default), or redis, with ioredis that pipelines by itself.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

NODE_MODULES=$PEERS/node/node_modules

if [[ ! -d $NODE_MODULES/rate-limiter-flexible || ! -d $NODE_MODULES/ioredis ]]; then
  need npm
  mkdir -p "$PEERS/node"
  npm install --prefix "$PEERS/node" --no-audit --no-fund rate-limiter-flexible ioredis >&2
fi
[[ ${1:-} != install ]] || exit 0
need node

make_folder
port=$(free_port) redis_port=0
if [[ ${1:-memory} == redis ]]; then
  redis_port=$(free_port)
  start_redis "$redis_port"
fi
echo "version $(node -p "require('$NODE_MODULES/rate-limiter-flexible/package.json').version"), node $(node --version)"
NODE_ENV=production NODE_PATH=$NODE_MODULES run server node "$HERE/rate-limiter-flexible.js" "$port" "$redis_port"
serve "$port"
