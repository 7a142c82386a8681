#!/bin/bash
# Tells CloudFormation how the build of the images ended (cdk/job-image.ts). A build that a person started has nobody to tell.
set -euo pipefail
[ -n "${ANSWER_URL:-}" ] || exit 0
if [ "$CODEBUILD_BUILD_SUCCEEDING" = 1 ]; then status=SUCCESS; else status=FAILED; fi
jq --compact-output --arg status "$status" --arg build "$CODEBUILD_BUILD_ID" \
  '. + {Status: $status, Reason: ("Build " + $build)}' <<<"$ANSWER" |
  curl --silent --show-error --fail --retry 5 --request PUT --header 'Content-Type:' --data-binary @- "$ANSWER_URL"
