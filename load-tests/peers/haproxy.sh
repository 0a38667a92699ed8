#!/usr/bin/env bash
# HAProxy's stick tables: 5 a minute for an account, 50 a minute for an address; it answers by itself, with nothing behind.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PROGRAM=$(command -v haproxy || true)
if [[ -z $PROGRAM ]]; then
  # Unpacked beside the other peers, not installed: nobody's machine gets a service from being measured.
  PROGRAM=$PEERS/haproxy/usr/sbin/haproxy
  export LD_LIBRARY_PATH=$PEERS/haproxy/usr/lib/$(uname -m)-linux-gnu
  if [[ ! -x $PROGRAM ]]; then
    need apt-get
    need dpkg-deb
    mkdir -p "$PEERS/haproxy"
    (
      cd "$PEERS/haproxy"
      apt-get download haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 libpcre2-8-0 >&2
      for package in *.deb; do dpkg-deb -x "$package" .; done
    )
  fi
fi
"$PROGRAM" -v >/dev/null || die "absent: haproxy does not run on this machine"
[[ ${1:-} != install ]] || exit 0

make_folder
port=$(free_port)
cat >"$folder/haproxy.cfg" <<CFG
global
  maxconn 4000
defaults
  mode http
  timeout client 60s
  timeout http-keep-alive 60s
frontend login
  bind 127.0.0.1:$port
  http-request track-sc0 url_param(account) table accounts
  http-request track-sc1 url_param(ip) table sources
  http-request return status 429 if { sc_http_req_rate(0,accounts) gt 5 } || { sc_http_req_rate(1,sources) gt 50 }
  http-request return status 200
backend accounts
  stick-table type string len 64 size 1m expire 1m store http_req_rate(1m)
backend sources
  stick-table type ipv6 size 1m expire 1m store http_req_rate(1m)
CFG
echo "version $("$PROGRAM" -v | awk 'NR == 1 { print $3 }')"
run server "$PROGRAM" -db -f "$folder/haproxy.cfg"
serve "$port"
