#!/bin/sh
# A host whose GPU does not work fails the job before it has taken hours on the processor; Batch tries another host.
# exec, so that the signal of a spot host that is taken back reaches the program.
set -eu
node /systole/jobs/self-check.mjs
exec "$@"
