# Sourced by the scripts of this folder: where things are kept, and how Debian's packages get here.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/mline-tests

mkdir -p "$CACHE/log"

say() { printf 'engines: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Exit status of what this machine cannot do at all, as automake's tests have it.
LEFT_OUT=77
leave_out() { say "left out: $*"; exit "$LEFT_OUT"; }

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o APT::Sandbox::User=root "$@"; }

# need PACKAGE… : install what is missing, without starting any of it
need() {
  local missing=() one
  for one; do installed "$one" || missing+=("$one"); done
  ((${#missing[@]})) || return 0
  [ "$(id -u)" = 0 ] || leave_out "not root, and these packages are not installed: ${missing[*]}"
  command -v apt-get >/dev/null || leave_out "this machine has no apt-get to install ${missing[*]}"
  say "installing ${missing[*]}"
  # Maintainer scripts ask this file whether they may start a service.
  local policy=/usr/sbin/policy-rc.d made=
  [ -e "$policy" ] || { made=yes; printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; }
  local status=0
  { apt update; apt install -y --no-install-recommends "${missing[@]}"; } \
    >"$CACHE/log/apt.log" 2>&1 </dev/null || status=$?
  [ -z "$made" ] || rm -f "$policy"
  ((status == 0)) || { tail -n 20 "$CACHE/log/apt.log" >&2; die "apt-get could not install ${missing[*]}"; }
}

# unpack PACKAGE [RELEASE] : put a server beside the others, so that no start of this machine ever
# starts it; with RELEASE that of another release of Debian, alone, for what needs no newer library
unpack() {
  local place=$CACHE/unpacked/$1${2:+-$2}
  [ ! -d "$place" ] || return 0
  [ "$(id -u)" = 0 ] || leave_out "not root, and this package is not unpacked: ${place##*/}"
  say "unpacking ${place##*/}"
  rm -rf "$place.new" && mkdir -p "$place.new"
  (
    [ -z "${2:-}" ] || of_release "$2"
    apt update
    cd "$place.new" && apt download "$1" && dpkg -x ./*.deb . && rm ./*.deb
  ) >"$CACHE/log/apt.log" 2>&1 </dev/null || { tail -n 20 "$CACHE/log/apt.log" >&2; die "apt-get could not get $1"; }
  mv "$place.new" "$place"
}

# of_release RELEASE : let apt of this shell see that release, from this machine's own mirror, alone
of_release() {
  local place=$CACHE/apt/$1 mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
    awk -v own="$(. /etc/os-release && echo "$VERSION_CODENAME")" '$2 == own {print $1; exit}')
  mkdir -p "$place/lists/partial" "$place/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$place/sources.list"
  cat >"$place/apt.conf" <<C
Dir::Etc::SourceList "$place/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$place/lists";
Dir::Cache "$place/cache";
C
  export APT_CONFIG=$place/apt.conf
}
