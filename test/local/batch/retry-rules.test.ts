import { describe, expect, test } from 'vitest';
import { type AttemptOutcome, isRetried, type RetryRule } from '../../../local/batch/retry-rules.ts';
import { retryRules } from '../../../shared/deployment/description.ts';

const exit = (exitCode: number): AttemptOutcome => ({
  exitCode,
  statusReason: 'Essential container in task exited',
});
const hostLost: AttemptOutcome = { statusReason: 'Host EC2 (instance i-0123456789abcdef0) terminated.' };

describe.each<[string, readonly RetryRule[], AttemptOutcome, boolean]>([
  ['no rules', [], exit(1), true],
  ['a rule that does not match', [{ onExitCode: '2', action: 'EXIT' }], exit(1), true],
  ['an exact code', [{ onExitCode: '1', action: 'EXIT' }], exit(1), false],
  ['a code that only begins like it', [{ onExitCode: '1', action: 'EXIT' }], exit(137), true],
  ['the beginning of a code', [{ onExitCode: '13*', action: 'EXIT' }], exit(137), false],
  ['any code, and an attempt without one', [{ onExitCode: '*', action: 'EXIT' }], hostLost, true],
  ['any reason, and an attempt without one', [{ onReason: '*', action: 'EXIT' }], exit(1), false],
  [
    'two conditions of which one holds',
    [{ onExitCode: '1', onStatusReason: 'Host*', action: 'EXIT' }],
    exit(1),
    true,
  ],
  [
    'two rules of which the first decides',
    [
      { onExitCode: '1', action: 'RETRY' },
      { onExitCode: '*', action: 'EXIT' },
    ],
    exit(1),
    true,
  ],
])('%s', (_, rules, outcome, retried) => {
  test(`retried: ${retried}`, () => expect(isRetried(rules, outcome)).toBe(retried));
});

test("the project's own rules retry a lost host and a failure, not bad input", () => {
  expect(isRetried(retryRules, hostLost)).toBe(true);
  expect(isRetried(retryRules, exit(1))).toBe(true);
  expect(isRetried(retryRules, exit(65))).toBe(false);
});
