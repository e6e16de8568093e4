#!/bin/bash
# As the official image does it: over an empty folder a server that only this machine reaches makes
# the administrator and runs the scripts; then the real one starts.
set -euo pipefail

if [ "$1" = mongod ] && [ -n "${MONGO_INITDB_ROOT_USERNAME:-}" ] && [ -z "$(ls -A /data/db)" ]; then
  mongod --bind_ip 127.0.0.1 &
  server=$!
  for _ in $(seq 60); do
    mongosh --quiet --norc --eval 'quit(0)' > /dev/null 2>&1 && break
    sleep 0.5
  done
  mongosh --quiet --norc admin --eval '
    const { MONGO_INITDB_ROOT_USERNAME: user, MONGO_INITDB_ROOT_PASSWORD: pwd } = process.env;
    db.createUser({ user, pwd, roles: [{ role: "root", db: "admin" }] });'
  for it in /docker-entrypoint-initdb.d/*.js; do
    echo "running $it"
    mongosh --quiet --norc test "$it"
  done
  kill "$server"
  wait "$server" || true
  unset MONGO_INITDB_ROOT_USERNAME MONGO_INITDB_ROOT_PASSWORD
fi

exec "$@"
