#!/usr/bin/env bash
# Looks for secrets in every tracked file (detect-secrets); what is known to be none stands in .secrets.baseline.
# A new find that is no secret: `tools/secrets.sh accept`, then look at what changed in the baseline before committing it.
set -euo pipefail
cd "$(dirname "$0")/.."
# Data and generated text, where long strings are the rule: tables, pictures, locks, translations, contracts, schemas.
skip='(\.(csv|svg|png|po|pot|geojson|lock|ics|woff2)|package-lock\.json|\.secrets\.baseline|/contract/.*\.json|/schemas/.*\.json|catalogue/data/.*\.json)$'
if [ "${1:-}" = accept ]; then
  git ls-files -z | grep -zvE "$skip" | xargs -0 detect-secrets scan > .secrets.new
  mv .secrets.new .secrets.baseline
else
  git ls-files -z | grep -zvE "$skip" | xargs -0 -n 400 detect-secrets-hook --baseline .secrets.baseline
  echo "No secret in the tree."
fi
