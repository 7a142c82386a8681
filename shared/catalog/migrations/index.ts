import { migration as catalog } from './001-catalog.ts';
import { migration as registry } from './002-registry.ts';
import { migration as indexObjects } from './003-index-objects.ts';
import { migration as echoResults } from './004-echo-results.ts';
import { migration as ecgFindings } from './005-ecg-findings.ts';
import { migration as labels } from './006-labels.ts';
import { migration as xcelera } from './007-xcelera.ts';
import { migration as outcomeOrder } from './008-outcome-order.ts';
import { migration as lostJobs } from './009-lost-jobs.ts';
import { migration as rounds } from './010-rounds.ts';
import { migration as exportJoins } from './011-export-joins.ts';

/** Every migration in the order of its version. A migration that was released is never changed: add another. */
export const migrations = [
  catalog,
  registry,
  indexObjects,
  echoResults,
  ecgFindings,
  labels,
  xcelera,
  outcomeOrder,
  lostJobs,
  rounds,
  exportJoins,
];
