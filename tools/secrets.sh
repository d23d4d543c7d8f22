#!/usr/bin/env bash
# Looks for secrets in every tracked file (detect-secrets); what is known to be none stands in .secrets.baseline.
# To accept a find that is none: `tools/secrets.sh accept`, then look at what changed in the baseline before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."
# Data and generated text, where long strings are the rule: tables, pictures, locks, translations, contracts, schemas.
skip='(\.(csv|svg|png|po|pot|geojson|lock|ics|woff2)|package-lock\.json|\.secrets\.baseline|/contract/.*\.json|/schemas/.*\.json|catalogue/data/.*\.json)$'
if [ "${1:-}" = accept ]; then
  git ls-files -z | grep -zvE "$skip" | xargs -0 detect-secrets scan > .secrets.new
  mv .secrets.new .secrets.baseline
else
  known=$(mktemp)
  trap 'rm -f "$known"' EXIT
  cp .secrets.baseline "$known"
  # Status 3: a line has moved and the copy of the baseline was brought up to date; that is no find.
  git ls-files -z | grep -zvE "$skip" | KNOWN=$known xargs -0 -n 2000 \
    sh -c 'detect-secrets-hook --baseline "$KNOWN" "$@" || [ $? = 3 ]' look
  echo "No secret in the tree."
fi
