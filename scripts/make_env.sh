#!/bin/sh
# Writes .env from .env.example with fresh secrets, readable by its owner only. Never overwrites.
#
# Needs a shell and /dev/urandom, so that a server with docker and nothing else can run it.
set -eu
umask 077
target=${1:-.env}
example=$(dirname "$0")/../.env.example

if [ -e "$target" ]; then
  echo "$target is there already and stays as it is." >&2
  exit 1
fi

# $1: bytes of randomness; written in hexadecimal, which needs no quoting in any address.
secret() {
  od -An -vtx1 -N "$1" /dev/urandom | tr -d ' \n'
}

draft=$(mktemp "$target.XXXXXX")
trap 'rm -f "$draft"' EXIT
while IFS= read -r line; do
  case $line in
    API_TOKENS=) line="${line}ebk_$(secret 4)_$(secret 32)" ;;
    TRACKING_KEYS=) line="${line}k1:$(secret 32)" ;;
    SECRET_KEYS=) line="$line$(secret 32)" ;;
    MONGO_REPLICA_KEY=) line="$line$(secret 64)" ;;
    *_PASSWORD=) line="$line$(secret 24)" ;;
  esac
  printf '%s\n' "$line"
done < "$example" > "$draft"

# A link is made once: whoever came first keeps theirs.
ln "$draft" "$target"
echo "Wrote $target. Your token for the API is in it, after API_TOKENS="
