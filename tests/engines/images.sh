# Sourced by docker.sh: how each image is made. All of them are called mline-test/NAME:1.
#
# A recipe is a function `recipe_NAME` that writes a layer, as a tar of `/`, to its first argument.
# The layer is kept in the cache under a hash of this file, so a changed recipe is built anew.
#   base_NAME      the image that it stands on; none: the layer is the whole root file system
#   changes_NAME   lines as `docker import --change` takes them

LOCK=$HERE/../../requirements.lock
IMAGES="busybox static nonroot python sklearn postgres mlflow"

# A shell and the usual tools, no Python.
changes_busybox=$'ENV PATH=/bin\nCMD ["/bin/sh"]'
recipe_busybox() { busybox_layer "$1" $(/bin/busybox --list); }

# One static program under the names of a few tools: no shell, no library, no /tmp, nobody in it.
changes_static=$'ENV PATH=/bin\nCMD ["/bin/true"]'
recipe_static() { busybox_layer "$1" cat cp env false ls mkdir sleep test true wc; }

# Python 3 of this machine's Debian with its standard library, and a shell.
changes_python=$'ENV PATH=/usr/local/bin:/usr/bin:/bin\nCMD ["/usr/bin/python3"]'
recipe_python() {
  debian_root "$1" python3 libstdc++6 libgomp1 # the libraries are for wheels
}

# The same, with a user who is not root and a home of theirs.
base_nonroot=python
changes_nonroot=$'USER 1000:1000\nENV HOME=/home/ada'
recipe_nonroot() {
  local d=$WORK/root
  mkdir -p "$d/home/ada"
  tar -C "$d" --owner=1000 --group=1000 -cf "$1" home/ada
}

# PostgreSQL and its client, for the example with a database.
changes_postgres=$'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nCMD ["/bin/sh"]'
recipe_postgres() {
  debian_root "$1" postgresql
}

# Python with what the examples import, in the versions that this project pins; also as `python`,
# which Debian has not and the image that it stands for has.
base_sklearn=python
recipe_sklearn() {
  local d=$WORK/root/usr/lib/python3/dist-packages
  mkdir -p "$d" "$WORK/root/usr/bin"
  ln -s python3 "$WORK/root/usr/bin/python"
  python_packages "$d" numpy scipy scikit-learn pandas pyarrow matplotlib
  tar -C "$WORK/root" --owner=0 --group=0 -cf "$1" usr
}

# MLflow, server and client, and all that it needs: scikit-learn is among that.
base_mlflow=python
recipe_mlflow() {
  local d=$WORK/root/usr/lib/python3/dist-packages
  mkdir -p "$d"
  python_packages "$d" mlflow==3.17.2
  tar -C "$WORK/root" --owner=0 --group=0 -cf "$1" usr
}

# ------------------------------------------------------------------------------------------------

busybox_layer() { # TAR APPLET…
  local tar=$1 d=$WORK/root applet; shift
  need busybox-static
  mkdir -p "$d/bin"
  cp /bin/busybox "$d/bin/busybox"
  for applet; do [ "$applet" = busybox ] || ln -s busybox "$d/bin/$applet"; done
  [ ! -e "$d/bin/sh" ] || {
    mkdir -p "$d/etc" "$d/root"; mkdir -m 1777 "$d/tmp"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$d/etc/passwd"; echo 'root:x:0:' >"$d/etc/group"
  }
  tar -C "$d" --owner=0 --group=0 -cf "$tar" .
}

debian_root() { # TAR PACKAGE…
  local tar=$1 option options=(); shift
  need mmdebstrap ca-certificates
  [ "$(id -u)" = 0 ] || leave_out "not root, and a Debian image has to be built"
  # The mirrors that this machine uses, and the settings of its apt.
  sources >"$WORK/sources.list"
  for option in '/usr/share/doc/*' '/usr/share/info/*' '/usr/share/locale/*' '/usr/share/man/*'; do
    options+=(--dpkgopt="path-exclude=$option")
  done
  mmdebstrap --quiet --mode=root --variant=essential --format=tar --include="${*// /,}" \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io "${options[@]}" \
    --aptopt="Acquire::http::Proxy \"$(apt_proxy)\"" \
    --customize-hook='rm -rf "$1"/var/lib/apt/lists "$1"/var/log/*' \
    "$(. /etc/os-release; echo "$VERSION_CODENAME")" "$WORK/root.tar" "$WORK/sources.list"
  # The engine gives each container devices of its own.
  tar --delete -f "$WORK/root.tar" ./dev 2>/dev/null || true
  mv "$WORK/root.tar" "$tar"
}

sources() {
  local codename; codename=$(. /etc/os-release; echo "$VERSION_CODENAME")
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v name="$codename" 'index($3, name) == 1 && $4 == "main"' | sort -u
}

apt_proxy() { local Proxy=; eval "$(apt-config shell Proxy Acquire::http::Proxy)"; echo "${Proxy:-DIRECT}"; }

python_packages() { # FOLDER PACKAGE…
  local target=$1 python version pins=() one; shift
  python=$(python_with_pip)
  # The image's Python is Debian's own.
  version=$(tar -tf "$(layer_of python)" | sed -nE 's#^\./usr/bin/python(3\.[0-9]+)$#\1#p' | head -n 1)
  for one; do
    case $one in *==*) pins+=("$one");; *) pins+=("$one==$(pinned "$one" "$version")");; esac
  done
  "$python" -m pip --disable-pip-version-check install --quiet --target "$target" --no-compile \
    --only-binary=:all: --implementation cp --python-version "$version" \
    --platform "manylinux_2_28_$(uname -m)" --platform "manylinux_2_17_$(uname -m)" \
    --platform "manylinux2014_$(uname -m)" --root-user-action=ignore "${pins[@]}" \
    >"$CACHE/log/pip.log" 2>&1 || { tail -n 20 "$CACHE/log/pip.log" >&2; die "pip could not install $*"; }
  # Parts of numpy import numpy's tests.
  find "$target" -type d -name tests -not -path "$target/numpy/*" -prune -exec rm -rf {} +
  # Else each container compiles all that it imports. Another Python's bytecode would be no use.
  if [ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$version" ]; then
    "$python" -m compileall -q -j 2 --invalidation-mode unchecked-hash "$target" >/dev/null || true
  fi
}

pinned() { # PACKAGE PYTHON-VERSION: the version that requirements.lock has for it
  awk -v name="$1" -v minor="${2#3.}" '
    index($0, name "==") == 1 {
      split($0, parts, /==| /)
      if (match($0, /python_full_version >= .3\.[0-9]+/)) { split($0, v, /3\./); if (minor + 0 < v[2] + 0) next }
      if (match($0, /python_full_version < .3\.[0-9]+/)) { split($0, v, /3\./); if (minor + 0 >= v[2] + 0) next }
      print parts[2]; exit
    }' "$LOCK"
}

python_with_pip() {
  local one
  for one in "$HERE/../../.venv/bin/python" "${VIRTUAL_ENV:-/none}/bin/python" python3; do
    "$one" -m pip --version >/dev/null 2>&1 && { echo "$one"; return; }
  done
  need python3-pip; echo /usr/bin/python3
}

layer_of() { # NAME: the path of its layer in the cache, whether it is there or not
  local recipe helper base=base_$1 hash
  recipe=$(declare -f "recipe_$1")
  for helper in busybox_layer debian_root python_packages; do
    [[ $recipe != *"$helper"* ]] || recipe+=$(declare -f "$helper")
  done
  [[ $recipe != *python_packages* ]] || recipe+=$(grep -E '^(numpy|scipy|scikit-learn|pandas|pyarrow|matplotlib)==' "$LOCK")
  hash=$(. /etc/os-release; printf '%s\n' "$recipe" "${!base-}" "$ID $VERSION_ID $(uname -m)" | sha256sum)
  echo "$CACHE/images/$1-${hash:0:16}.tar"
}

build_layer() { # NAME: make its layer unless it is in the cache
  local layer old; layer=$(layer_of "$1")
  [ ! -s "$layer" ] || { touch "$layer"; return 0; }
  local base=base_$1; [ -z "${!base-}" ] || build_layer "${!base}"
  say "building image $1"
  mkdir -p "$CACHE/images"
  # In a shell of its own, so that what it made is removed whatever happens.
  ( WORK=$(mktemp -d "$CACHE/images/.work-XXXXXX"); trap 'rm -rf "$WORK"' EXIT
    mkdir "$WORK/root"; chmod 755 "$WORK/root"
    "recipe_$1" "$WORK/layer.tar" && mv "$WORK/layer.tar" "$layer" )
  for old in "$CACHE/images/$1"-*.tar; do [ "$old" = "$layer" ] || rm -f "$old"; done
}
