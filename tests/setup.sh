#!/usr/bin/env bash
# What the tests need beside Python, from Debian's packages: a browser with Chinese fonts, a PostgreSQL server, an office
# suite that opens the slides, and a compiler for the clock that tests turn.
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fontconfig fonts-noto-cjk)
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
command -v soffice >/dev/null || missing+=(libreoffice-impress)
command -v pdftoppm >/dev/null || missing+=(poppler-utils)
command -v cc >/dev/null || missing+=(gcc libc6-dev)

[ ${#missing[@]} -eq 0 ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "installing for the tests: ${missing[*]}"
  apt-get update -q >/dev/null
  # the server's start script must not run: tests start a server of their own
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "tests that need them are skipped; to run them install: ${missing[*]}" >&2
fi
