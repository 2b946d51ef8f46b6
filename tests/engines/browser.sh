#!/usr/bin/env bash
# Debian's Chromium, and nginx before Airflow, for the tests of the editor.
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
    PATH=$PATH:/usr/sbin command -v nginx >/dev/null || need nginx-light
    ;;
  *)
    sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 2
    ;;
esac
