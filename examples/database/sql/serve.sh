# Makes an empty cluster and serves it; PostgreSQL refuses to be root.
set -e
data=/var/lib/postgresql/lab
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
install -d -o postgres -g postgres -m 700 "$data"
cp schema.sql /tmp/schema.sql
as() { setpriv --reuid postgres --regid postgres --init-groups env HOME=/tmp "$@"; }
as "$bin/initdb" -D "$data" -A trust -U lab >/dev/null
echo 'host all all all trust' >> "$data/pg_hba.conf"
as "$bin/pg_ctl" -D "$data" -w -o "-c listen_addresses= -c unix_socket_directories=/tmp" start
as psql -q -h /tmp -U lab -d postgres -c 'create database lab'
as psql -q -h /tmp -U lab -d lab -f /tmp/schema.sql
as "$bin/pg_ctl" -D "$data" -w stop
exec setpriv --reuid postgres --regid postgres --init-groups env HOME=/tmp \
  "$bin/postgres" -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
