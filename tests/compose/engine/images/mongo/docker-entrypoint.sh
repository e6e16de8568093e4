#!/bin/bash
# As the official image does it: over an empty folder a server that only this machine reaches makes
# the administrator and runs the scripts; then the real one starts.
set -euo pipefail

if [ "$1" = mongod ] && [ -n "${MONGO_INITDB_ROOT_USERNAME:-}" ] && [ -z "$(ls -A /data/db)" ]; then
  mongod --bind_ip 127.0.0.1 &
  server=$!
  until (: < /dev/tcp/127.0.0.1/27017) 2> /dev/null; do
    kill -0 "$server"
    sleep 0.1
  done
  mongosh --quiet --norc test --eval '
    const { MONGO_INITDB_ROOT_USERNAME: user, MONGO_INITDB_ROOT_PASSWORD: pwd } = process.env;
    const roles = [{ role: "root", db: "admin" }];
    db.getSiblingDB("admin").createUser({ user, pwd, roles });' \
    --eval "$(cat /docker-entrypoint-initdb.d/*.js)"
  kill "$server"
  wait "$server" || true
fi

exec "$@"
