#!/usr/bin/env bash
# Looks for secrets in every tracked file (detect-secrets); what is known to be none stands in .secrets.baseline.
# To accept a find that is none: `tools/secrets.sh accept`, then look at what changed in the baseline before you commit it.
# A file that was looked at is not looked at again until it, its name, the baseline or this script changes.
set -euo pipefail
cd "$(dirname "$0")/.."
# Data and generated text, where long strings are the rule: tables, pictures, locks, translations, contracts, schemas.
skip='(\.(csv|svg|png|po|pot|geojson|lock|ics|woff2)|package-lock\.json|\.secrets\.baseline|/contract/.*\.json|/schemas/.*\.json|catalogue/data/.*\.json)$'
tracked() { git ls-files | grep -vE "$skip" | grep -vxFf <(git ls-files --deleted; echo /); }
if [ "${1:-}" = accept ]; then
  tracked | tr '\n' '\0' | xargs -0 detect-secrets scan > .secrets.new
  mv .secrets.new .secrets.baseline
  exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp .secrets.baseline "$work/known"
# Shared by the worktrees of this clone; named by all that a verdict depends on, the file itself left out.
rules=$({ cat .secrets.baseline tools/secrets.sh; detect-secrets --version; } | sha256sum | cut -c1-16)
shared=$(git rev-parse --git-common-dir)
find "$shared" -maxdepth 1 -name 'secrets-clean-*' -mtime +30 -delete
clean="$shared/secrets-clean-$rules"
touch "$clean"
tracked | git hash-object --stdin-paths | paste -d' ' - <(tracked) | sort > "$work/all"
comm -23 "$work/all" <(sort "$clean") > "$work/new"
# Status 3: a line has moved and the copy of the baseline was brought up to date; that is no find.
cut -d' ' -f2- "$work/new" | tr '\n' '\0' | KNOWN="$work/known" xargs -0 -r -n 2000 \
  sh -c 'detect-secrets-hook --baseline "$KNOWN" "$@" || [ $? = 3 ]' look
cp "$work/all" "$work/clean" && mv "$work/clean" "$clean"
echo "No secret in the tree; $(wc -l < "$work/new") of $(wc -l < "$work/all") files were new."
