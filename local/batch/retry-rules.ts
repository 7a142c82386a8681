/** One rule of a retry strategy's evaluateOnExit: all of its conditions must hold. */
export interface RetryRule {
  readonly onExitCode?: string;
  readonly onReason?: string;
  readonly onStatusReason?: string;
  readonly action: 'RETRY' | 'EXIT';
}

/** How an attempt ended; a host that was lost leaves no exit code. */
export interface AttemptOutcome {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly statusReason: string;
}

/**
 * Whether a failed attempt is to be repeated as far as the rules say: the first rule that matches decides, and an
 * outcome that matches none is retried. Source: AWS Batch API Reference, EvaluateOnExit.
 */
export function isRetried(rules: readonly RetryRule[], outcome: AttemptOutcome): boolean {
  const rule = rules.find(
    ({ onExitCode, onReason, onStatusReason }) =>
      (onExitCode === undefined ||
        (outcome.exitCode !== undefined && matches(onExitCode, String(outcome.exitCode)))) &&
      (onReason === undefined || matches(onReason, outcome.reason ?? '')) &&
      (onStatusReason === undefined || matches(onStatusReason, outcome.statusReason)),
  );
  return rule?.action !== 'EXIT';
}

/** A pattern is the whole text, or its beginning followed by an asterisk. */
function matches(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
