#!/bin/bash
# Entry point of the stand-in for pgvector/pgvector:pg17: the part of the official image's contract that our tests use.
# POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB are honoured; everything else is left out.
set -euo pipefail

export PGDATA=${PGDATA:-/var/lib/postgresql/data}
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec gosu postgres "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD must be set}"
  initdb --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  # The database is made before the server listens, so that whoever can connect finds it there.
  if [ "$database" != postgres ]; then
    printf 'create database "%s";\n' "${database//\"/\"\"}" | postgres --single -j postgres >/dev/null
  fi
fi

if [ "${1:-postgres}" = postgres ]; then
  shift || true
  exec postgres "$@"
fi
exec "$@"
