#!/usr/bin/env bash
# A Docker Engine and an image registry of our own, for tests. See README.md beside this file.
#
#   docker.sh prepare          install what is missing and build all images, into the cache
#   docker.sh up [PID]         start both; print shell variables. With PID: while that process lives
#   docker.sh down PID         PID needs them no more; stop both when nobody does
#   docker.sh stop             stop both, whoever needs them
#   docker.sh status           say what runs
#   docker.sh image NAME…      have images mline-test/NAME:1 in the engine
#   docker.sh publish NAME…    have them in the registry, too; print their names there, by digest
#   docker.sh crash            kill the daemon alone; what it ran stays as it is
#   docker.sh revive           start the daemon again, on all that it had
#
# TEST_ENGINE=NAME means another engine beside it, with everything of its own but the cached layers;
# TEST_ENGINE=debian-RELEASE one whose daemon is that of another release of Debian.
#
# Exit status 77: this machine cannot do it at all (no root, no Debian); what is missing was said.
set -euo pipefail
# Debian's daemons are not on everybody's path.
PATH=$PATH:/usr/sbin:/sbin
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/packages.sh"
. "$HERE/images.sh"

HOME_OF_ENGINE=$CACHE/${TEST_ENGINE:-docker}
RUN=$HOME_OF_ENGINE/run
SOCKET=$RUN/docker.sock
# Somebody else's engine, when they say so: only images mline-test/* are put there.
FOREIGN=${TEST_DOCKER_HOST:-}
export DOCKER_HOST=${FOREIGN:-unix://$SOCKET} DOCKER_CONFIG=$HOME_OF_ENGINE/config
unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
PACKAGES="docker.io containerd runc iptables iproute2 openssl openssh-server docker-registry busybox-static ca-certificates"

# Two engines of one machine must not share a bridge: its name and network follow from the folder.
number=$((16#$(printf %s "$HOME_OF_ENGINE" | sha256sum | cut -c1-4) % 200 + 20))
BRIDGE=mline-t$number

# ---------------------------------------------------------------- processes

# A process is ours when it has the number that we wrote down and names our folder.
alive() {
  local pid; pid=$(cat "$RUN/$1.pid" 2>/dev/null) || return 1
  [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$HOME_OF_ENGINE"
}
spawn() { # NAME COMMAND…
  local name=$1; shift
  setsid "$@" >"$RUN/$name.log" 2>&1 </dev/null 9>&- &
  echo $! >"$RUN/$name.pid"
}
wait_for() { # SECONDS NAME COMMAND…
  local end=$((SECONDS + $1)) name=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    # Not `alive`: a machine that is busy may not have begun the program yet, which has its own name.
    if ! readlink "/proc/$(cat "$RUN/$name.pid")/exe" >/dev/null || ((SECONDS >= end)); then
      tail -n 20 "$RUN/$name.log" >&2
      die "$name did not start"
    fi
    sleep 0.1
  done
}
halt() { # NAME SECONDS
  local pid end; alive "$1" || { rm -f "$RUN/$1.pid"; return 0; }
  pid=$(cat "$RUN/$1.pid"); end=$((SECONDS + $2))
  kill "$pid" 2>/dev/null || true
  while alive "$1"; do
    ((SECONDS < end)) || { kill -9 "$pid" 2>/dev/null || true; break; }
    sleep 0.1
  done
  rm -f "$RUN/$1.pid"
}

# ---------------------------------------------------------------- start

free_port() { # NAME: the port of last time if it is free, else any
  local port; port=$(cat "$HOME_OF_ENGINE/$1.port" 2>/dev/null || echo 0)
  python3 - "$port" <<'P' >"$HOME_OF_ENGINE/$1.port"
import socket, sys
for port in (int(sys.argv[1]), 0):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(one.getsockname()[1])
        break
P
  cat "$HOME_OF_ENGINE/$1.port"
}

certificates() { # ca.pem, server-*.pem and, named as Docker's clients expect, cert.pem and key.pem
  local d=$HOME_OF_ENGINE/tls
  openssl x509 -in "$d/cert.pem" -noout -checkend 86400 >/dev/null 2>&1 && return 0
  rm -rf "$d"; mkdir -p "$d"; chmod 700 "$d"
  openssl ecparam -name prime256v1 -genkey -noout -out "$d/ca-key.pem" 2>/dev/null
  openssl req -x509 -new -key "$d/ca-key.pem" -subj '/CN=mline tests' -days 30 -out "$d/ca.pem" \
    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
  certificate server-cert server-key engine $'extendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost,IP:127.0.0.1'
  certificate cert key client extendedKeyUsage=clientAuth
}
certificate() { # CERTIFICATE KEY NAME EXTENSIONS
  local d=$HOME_OF_ENGINE/tls
  openssl ecparam -name prime256v1 -genkey -noout -out "$d/$2.pem" 2>/dev/null
  openssl req -new -key "$d/$2.pem" -subj "/CN=$3" | openssl x509 -req -CA "$d/ca.pem" \
    -CAkey "$d/ca-key.pem" -CAcreateserial -days 30 -out "$d/$1.pem" -extfile <(printf '%s\n' "$4") 2>/dev/null
}

network() { # the bridge; prints the first two bytes of a network that this machine does not know
  local n=$number
  while ip -4 route | grep -q "^10\.$n\."; do
    ! ip -4 route | grep "^10\.$n\." | grep -q "dev $BRIDGE" || break
    n=$((n % 254 + 1))
  done
  ip link show "$BRIDGE" >/dev/null 2>&1 || {
    ip link add "$BRIDGE" type bridge; ip addr add "10.$n.255.1/24" dev "$BRIDGE"; ip link set "$BRIDGE" up
  }
  echo "10.$n"
}

registry_up() {
  alive registry && return 0
  local port; port=$(free_port registry)
  cat >"$RUN/registry.yml" <<C
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $HOME_OF_ENGINE/registry}, delete: {enabled: true}}
http: {addr: "127.0.0.1:$port"}
C
  spawn registry docker-registry serve "$RUN/registry.yml"
  wait_for 20 registry answers "$port"
}
answers() { python3 -c 'import sys, urllib.request as r; r.urlopen(r.Request(f"http://127.0.0.1:{sys.argv[1]}/v2/"), timeout=2)' "$1"; }

containerd_up() {
  alive containerd && return 0
  cat >"$RUN/containerd.toml" <<C
version = 2
root = "$HOME_OF_ENGINE/containerd"
state = "$RUN/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$RUN/containerd.sock"
[ttrpc]
  address = "$RUN/containerd.sock.ttrpc"
C
  spawn containerd containerd --config "$RUN/containerd.toml"
  wait_for 30 containerd ctr -a "$RUN/containerd.sock" version
}

program() { # the daemon that is meant
  case ${TEST_ENGINE:-} in
    debian-*) echo "$CACHE/unpacked/docker.io-${TEST_ENGINE#debian-}/usr/sbin/dockerd";;
    *) echo dockerd;;
  esac
}
have_all() { # what is to be installed or unpacked
  need $PACKAGES
  case ${TEST_ENGINE:-} in debian-*) unpack docker.io "${TEST_ENGINE#debian-}";; esac
}

docker_up() {
  alive dockerd && return 0
  local net port tls=$HOME_OF_ENGINE/tls
  net=$(network); port=$(free_port tls); certificates
  rm -f "$RUN/docker.pid"; echo '{}' >"$RUN/daemon.json"
  # Names without a registry are asked of ours; whatever else might be pulled stays on this machine.
  # The tables of iptables are left alone: containers of one network see each other without.
  HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1,localhost \
  spawn dockerd "$(program)" --host "unix://$SOCKET" --host "tcp://127.0.0.1:$port" --tlsverify \
    --tlscacert "$tls/ca.pem" --tlscert "$tls/server-cert.pem" --tlskey "$tls/server-key.pem" \
    --data-root "$HOME_OF_ENGINE/data" --exec-root "$RUN/exec" --pidfile "$RUN/docker.pid" \
    --config-file "$RUN/daemon.json" --containerd "$RUN/containerd.sock" \
    --registry-mirror "http://127.0.0.1:$(cat "$HOME_OF_ENGINE/registry.port")" \
    --bridge "$BRIDGE" --default-address-pool "base=$net.0.0/17,size=24" \
    --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false
  wait_for 60 dockerd docker version
}

clean() {
  local ids
  ids=$(docker ps -aq); [ -z "$ids" ] || docker rm -fv $ids >/dev/null
  docker network prune -f >/dev/null; docker volume prune -f >/dev/null
}

start() {
  [ -z "$FOREIGN" ] || { docker version >/dev/null || die "TEST_DOCKER_HOST does not answer"; return 0; }
  [ "$(uname -s)" = Linux ] || leave_out "a Docker Engine of our own needs Linux; TEST_DOCKER_HOST names another"
  [ "$(id -u)" = 0 ] || leave_out "a Docker Engine of our own needs root; TEST_DOCKER_HOST names another"
  have_all
  mkdir -p "$RUN/users" "$DOCKER_CONFIG"; chmod 700 "$RUN"
  registry_up; containerd_up
  if ! alive dockerd; then
    docker_up
    # What a test run that was killed left behind.
    clean
  fi
}

crash() {
  alive dockerd || return 0
  local pid; pid=$(cat "$RUN/dockerd.pid")
  kill -9 "$pid"
  while alive dockerd; do sleep 0.05; done
}

# ---------------------------------------------------------------- stop

stop() {
  if alive dockerd; then clean || true; halt dockerd 30; fi
  halt containerd 15
  halt registry 10
  ip link del "$BRIDGE" 2>/dev/null || true
  local mount
  # A daemon that was killed has left its data mounted on themselves.
  awk -v home="$HOME_OF_ENGINE/" 'index($2, home) == 1 {print $2}' /proc/mounts | sort -r |
    while read -r mount; do umount "$mount" 2>/dev/null || umount -l "$mount"; done
  rm -rf "$RUN/users" "$RUN/exec"
}

users() { # whoever needs the engine and lives still
  local user
  for user in "$RUN"/users/*; do
    [ -e "$user" ] || continue
    case ${user##*/} in kept) echo kept;; *) [ -d "/proc/${user##*/}" ] && echo "${user##*/}" || rm -f "$user";; esac
  done
}

# ---------------------------------------------------------------- images

recipe_id() { # NAME: what its label has to say
  local layer base=base_$1 changes=changes_$1 from=
  layer=$(layer_of "$1")
  [ -z "${!base-}" ] || from=$(recipe_id "${!base}")
  printf '%s %s %s' "${layer##*/}" "$from" "${!changes-}" | sha256sum | cut -c1-32
}

loaded() { # NAME: is it in the engine, as its recipe is now?
  [ "$(docker image inspect -f '{{index .Config.Labels "mline.recipe"}}' "mline-test/$1:1" 2>/dev/null)" = "$(recipe_id "$1")" ]
}

image() { # NAME: have it in the engine
  local layer base=base_$1 changes=changes_$1 options=() line from= tag=mline-test/$1:1 id
  declare -F "recipe_$1" >/dev/null || die "there is no image '$1'; there are: $IMAGES"
  ! loaded "$1" || return 0
  layer=$(layer_of "$1"); id=$(recipe_id "$1")
  build_layer "$1"
  if [ -n "${!base-}" ]; then
    image "${!base}"
    from=$(docker image inspect -f '{{.Id}}' "mline-test/${!base}:1")
  fi
  while IFS= read -r line; do [ -z "$line" ] || options+=(--change "$line"); done <<<"${!changes-}"
  options+=(--change "LABEL mline.recipe=$id")
  if [ -z "$from" ]; then
    docker import "${options[@]}" "$layer" "$tag" >/dev/null
  else
    local made; made=$(docker create "$from" true 2>/dev/null)
    docker cp -a - "$made:/" <"$layer"
    docker commit "${options[@]}" "$made" "$tag" >/dev/null
    docker rm -f "$made" >/dev/null
  fi
}

publish() { # NAME: have it in the registry; print its name there, by digest
  [ -z "$FOREIGN" ] || leave_out "TEST_DOCKER_HOST names an engine that our registry is not for"
  local name; name=127.0.0.1:$(cat "$HOME_OF_ENGINE/registry.port")/mline-test/$1
  image "$1"
  docker tag "mline-test/$1:1" "$name:1"
  docker push --quiet "$name:1" >/dev/null
  docker image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$name:1" | grep -F "$name@"
}

# ---------------------------------------------------------------- what is asked

variables() {
  printf 'DOCKER_HOST=%s\n' "$DOCKER_HOST"
  [ -n "$FOREIGN" ] || printf 'TEST_REGISTRY=127.0.0.1:%s\nTEST_DOCKER_TCP=tcp://127.0.0.1:%s\nTEST_DOCKER_CERTS=%s\n' \
    "$(cat "$HOME_OF_ENGINE/registry.port")" "$(cat "$HOME_OF_ENGINE/tls.port")" "$HOME_OF_ENGINE/tls"
}

status() {
  local name
  for name in registry containerd dockerd; do
    if alive "$name"; then echo "$name: up, process $(cat "$RUN/$name.pid")"; else echo "$name: down"; fi
  done
  echo "used by: $(users | paste -sd ' ')"
  alive dockerd && docker image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}' 'mline-test/*' || true
}

mkdir -p "$HOME_OF_ENGINE"
# Whoever only asks does not wait for who builds.
if [ "${1:-}" = image ]; then
  for name in "${@:2}"; do loaded "$name" || break; [ "$name" != "${*: -1}" ] || exit 0; done
fi
exec 9>"$HOME_OF_ENGINE/lock"
flock 9
case ${1:-help} in
  prepare) [ -n "$FOREIGN" ] || have_all; for name in $IMAGES; do build_layer "$name"; done;;
  up)
    # What a start that failed has begun must not stay.
    trap '[ -n "$FOREIGN" ] || [ -n "$(users)" ] || stop' EXIT
    start; [ -n "$FOREIGN" ] || : >"$RUN/users/${2:-kept}"
    trap - EXIT
    variables;;
  down) [ -n "$FOREIGN" ] || { rm -f "$RUN/users/$2"; [ -n "$(users)" ] || stop; };;
  stop) [ -n "$FOREIGN" ] || stop;;
  status) status;;
  image) shift; for name; do image "$name"; done;;
  crash) crash;;
  revive) docker_up;;
  publish) shift; for name; do publish "$name"; done;;
  *) sed -n '2,18s/^# \{0,1\}//p' "$0"; exit 2;;
esac
