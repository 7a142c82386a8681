import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../../shared/deployment/bundle.ts';

/**
 * Runs the CDK's command line of this checkout, with its output on stderr: stdout is for results.
 * @throws Error when it fails; it has said why
 */
export async function runCdk(args: readonly string[], region: string, stop: AbortSignal): Promise<void> {
  const script = join(
    dirname(createRequire(join(root, 'package.json')).resolve('aws-cdk/package.json')),
    'bin',
    'cdk',
  );
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...process.env, AWS_REGION: region, CDK_DISABLE_CLI_TELEMETRY: 'true' },
    stdio: ['ignore', 2, 2],
  });
  // CloudFormation goes on by itself; the next deploy picks up where it is.
  const interrupt = () => child.kill('SIGINT');
  stop.addEventListener('abort', interrupt);
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
    if (status !== 0) throw new Error(`cdk ${args[0]} ended with status ${status}; see above`);
  } finally {
    stop.removeEventListener('abort', interrupt);
  }
}

/** Settings as the context that cdk/settings.ts reads. */
export const contextArguments = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['--context', `systole:${key}=${value}`]);
