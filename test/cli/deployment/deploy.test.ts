import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deploy } from '../../../cli/commands/deploy.ts';
import { destroy } from '../../../cli/commands/destroy.ts';
import {
  type DeploymentNote,
  deploymentFile,
  writeDeployment,
} from '../../../cli/deployment/deployment-note.ts';
import { noteChecksum } from '../../../cli/deployment/libtensorflow.ts';
import { preflight } from '../../../cli/deployment/preflight.ts';
import { runCdk } from '../../../cli/deployment/run-cdk.ts';
import { outputKey } from '../../../shared/deployment/output-names.ts';

vi.mock(import('../../../cli/deployment/run-cdk.ts'), async (actual) => ({
  ...(await actual()),
  runCdk: vi.fn(),
}));
vi.mock(import('../../../cli/deployment/preflight.ts'), () => ({ preflight: vi.fn() }) as never);
vi.mock(
  import('../../../cli/deployment/libtensorflow.ts'),
  () => ({ noteChecksum: vi.fn(), checksumFile: '' }) as never,
);
vi.mock(
  import('../../../cli/deployment/empty-bucket.ts'),
  () => ({ emptyBucket: vi.fn(async () => 0) }) as never,
);

/** A stage that nobody has. */
let stage: string;
let said: string;
const stop = new AbortController().signal;

beforeEach(() => {
  stage = `t${randomBytes(4).toString('hex')}`;
  said = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  vi.mocked(preflight).mockResolvedValue({ checks: [], bootstrapped: true });
  vi.mocked(noteChecksum).mockResolvedValue(undefined);
  vi.mocked(runCdk).mockReset();
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  edge(undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  await rm(deploymentFile(stage), { force: true });
});

/** What CloudFormation says of the edge stack; undefined: that there is none. */
const edge = (status: string | undefined) =>
  vi.stubGlobal('fetch', async (url: string, { body }: { body: string }) => {
    expect(url).toBe('https://cloudformation.eu-west-1.amazonaws.com/');
    expect(new URLSearchParams(body).get('StackName')).toBe(`systole-${stage}-edge`);
    return status === undefined
      ? new Response('<Error><Code>ValidationError</Code></Error>', { status: 400 })
      : new Response(`<member><StackStatus>${status}</StackStatus></member>`);
  });

const note: DeploymentNote = {
  region: 'eu-west-1',
  settings: {},
  buckets: { uploads: 'u', accessLogs: 'a' },
  queues: {},
  jobQueues: {},
  jobDefinitions: {},
  clusterArn: 'c',
  secretArn: 's',
};

/** CloudFormation as it succeeds: `cdk deploy` writes the outputs of the stacks. */
const succeeds = async (args: readonly string[]) => {
  const file = args[args.indexOf('--outputs-file') + 1]!;
  await writeFile(
    file,
    JSON.stringify({
      data: {
        [outputKey('bucket', 'uploads')]: 'u',
        [outputKey('database', 'cluster')]: 'c',
        [outputKey('database', 'secret')]: 's',
      },
    }),
  );
};
const run = () => deploy.run(['--stage', stage, '--region', 'eu-west-1', '--yes'], stop);
const commands = () => vi.mocked(runCdk).mock.calls.map(([args]) => args);

describe('a first deployment', () => {
  it('keeps what it has made when a part fails, and goes on from there', async () => {
    vi.mocked(runCdk).mockRejectedValueOnce(new Error('cdk deploy ended with status 1; see above'));
    await expect(run()).rejects.toThrow('status 1');
    expect(said).toContain('run the same command again');
    vi.mocked(runCdk).mockImplementation(succeeds);
    expect(await run()).toBe(0);
    expect(commands().map((args) => [args[0], args.includes('--no-rollback')])).toEqual([
      ['deploy', true],
      ['deploy', true],
    ]);
    // What is there from now on is brought back to where it was when an update fails.
    expect(await run()).toBe(0);
    expect(commands().at(-1)).not.toContain('--no-rollback');
    expect(said).toContain('s3://u/');
  });

  it.each([
    ['CREATE_COMPLETE', false],
    ['UPDATE_ROLLBACK_COMPLETE', false],
    ['CREATE_FAILED', true],
    ['ROLLBACK_COMPLETE', true],
  ])('from here of a stage whose edge stack is %s: keeps what it makes is %s', async (status, keeps) => {
    edge(status);
    vi.mocked(runCdk).mockImplementation(succeeds);
    expect(await run()).toBe(0);
    expect(commands()[0]!.includes('--no-rollback')).toBe(keeps);
  });

  it('bootstraps the account first where nobody has, and does nothing where something is missing', async () => {
    vi.mocked(runCdk).mockImplementation(async (args) => (args[0] === 'deploy' ? succeeds(args) : undefined));
    vi.mocked(preflight).mockResolvedValueOnce({ checks: [], bootstrapped: false });
    expect(await run()).toBe(0);
    expect(commands().map(([command]) => command)).toEqual(['bootstrap', 'deploy']);
    const checks = [{ what: 'Credentials', state: 'missing', words: 'none' }] as const;
    vi.mocked(preflight).mockResolvedValueOnce({ checks, bootstrapped: false });
    expect(await run()).toBe(1);
    expect(commands()).toHaveLength(2);
  });
});

describe('taking a deployment down', () => {
  const down = (...args: string[]) => destroy.run(['--stage', stage, '--confirm', stage, ...args], stop);

  it('keeps the data stack unless it is told to delete the data', async () => {
    await writeDeployment(stage, note);
    expect(await down('--data', 'keep')).toBe(0);
    expect(commands().map(([command]) => command)).toEqual(['destroy']);
    expect(commands()[0]).not.toContain(`systole-${stage}-data`);
    await expect(destroy.run(['--stage', stage, '--data', 'delete', '--confirm', 'x'], stop)).rejects.toThrow(
      'is not the stage',
    );
  });

  it('tries the last stack again when access logs came between', async () => {
    await writeDeployment(stage, note);
    let refused = 1;
    vi.mocked(runCdk).mockImplementation(async (args) => {
      if (args[0] === 'destroy' && args.includes(`systole-${stage}-data`) && refused-- > 0)
        throw new Error('cdk destroy ended with status 1; see above');
    });
    expect(await down('--data', 'delete')).toBe(0);
    expect(commands().map(([command]) => command)).toEqual(['destroy', 'deploy', 'destroy', 'destroy']);
    expect(commands()[1]).toContain('systole:keepData=false');
    expect(said).toContain('is gone');
  });

  it('goes on with the deletion when it is called again, since a stack that could not be deleted takes no update', async () => {
    await writeDeployment(stage, note);
    const refuse = async (args: readonly string[]) => {
      if (args[0] === 'destroy' && args.includes(`systole-${stage}-data`)) throw new Error('status 1');
    };
    vi.mocked(runCdk).mockImplementation(refuse);
    await expect(down('--data', 'delete')).rejects.toThrow('status 1');
    vi.mocked(runCdk).mockReset();
    expect(await down('--data', 'delete')).toBe(0);
    expect(commands().map(([command]) => command)).toEqual(['destroy', 'destroy']);
  });
});
