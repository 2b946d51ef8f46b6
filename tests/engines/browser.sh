#!/usr/bin/env bash
# What the tests of the editor need: Debian's Chromium, nginx to stand before Airflow, and an SSH
# server for the workspace's remote (its package starts nothing).
#
#   browser.sh prepare         install what is missing
#
# Exit status 77: this machine cannot have it (no root, no Debian); what is missing was said.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/packages.sh"

case "${1:-}" in
  prepare)
    command -v chromium >/dev/null || need chromium fonts-dejavu-core
    unpack nginx
    need dropbear-bin openssh-client
    ;;
  *)
    sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
    ;;
esac
