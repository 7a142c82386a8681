import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { settingsSchema } from '../../shared/deployment/settings.ts';
import type { Command } from '../command.ts';
import { idleMonth, thousand, total } from '../cost/estimate.ts';
import { pricesAsOf, pricesByRegion } from '../cost/prices.ts';
import { ask } from '../deployment/ask.ts';
import { AwsCallError, AwsCalls } from '../deployment/aws-call.ts';
import {
  type DeploymentNote,
  deploymentFile,
  noteOf,
  readDeployment,
  writeDeployment,
} from '../deployment/deployment-note.ts';
import { checksumFile, noteChecksum } from '../deployment/libtensorflow.ts';
import { type Check, preflight } from '../deployment/preflight.ts';
import { contextArguments, runCdk } from '../deployment/run-cdk.ts';
import { UsageError } from '../usage-error.ts';

/** Options that are settings of cdk/settings.ts. */
const settingOptions = {
  stage: 'stage',
  network: 'network',
  image: 'image',
  'alarm-email': 'alarmEmail',
  'monthly-budget': 'monthlyBudget',
  'gpu-families': 'gpuFamilies',
  'gpu-vcpus': 'gpuVcpus',
  'cpu-vcpus': 'cpuVcpus',
  'keep-data': 'keepData',
} as const;

export const deploy: Command = {
  name: 'deploy',
  usage:
    '[--stage NAME] [--region R] [--network public|isolated-1az|isolated-2az] [--alarm-email ADDRESS] [--monthly-budget USD] [--image codebuild|docker] [--gpu-families g4dn,g5,g6] [--gpu-vcpus N] [--cpu-vcpus N] [--keep-data true|false] [--check] [--yes]',
  summary:
    'Deploys into an AWS account, after showing what it finds there and what it will cost; --check only looks.',
  async run(args, stop) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...(Object.fromEntries(
          Object.keys(settingOptions).map((option) => [option, { type: 'string' }]),
        ) as Record<keyof typeof settingOptions, { type: 'string' }>),
        region: { type: 'string' },
        check: { type: 'boolean' },
        yes: { type: 'boolean' },
      },
    });
    const stage = values.stage ?? 'main';
    const before = existsSync(deploymentFile(stage)) ? await readDeployment(stage) : undefined;
    const settings = settingsOf(stage, values, before);
    const aws = await openCalls(values.region ?? before?.region);
    if (before !== undefined && before.region !== aws.region)
      throw new UsageError(
        `stage '${stage}' is in ${before.region}; deploy another stage into ${aws.region}`,
      );

    const { checks, bootstrapped } = await preflight(aws, settingsSchema.parse(settings));
    process.stderr.write(`${checks.map(line).join('')}\n${costWords(aws.region, settings.network)}\n`);
    if (checks.some(({ state }) => state === 'missing')) return 1;
    if (values.check) return 0;
    if (!values.yes) {
      const answer = await ask(`Deploy stage '${stage}' into ${aws.region}? [y/N]`, '--yes', stop);
      if (!/^y(es)?$/i.test(answer)) return 1;
    }

    const checksum = await noteChecksum(stop);
    if (checksum !== undefined)
      process.stderr.write(
        `Noted the checksum of TensorFlow's C library, ${checksum}, in ${checksumFile}: commit it.\n`,
      );
    const context = contextArguments(settings);
    if (!bootstrapped) await runCdk(['bootstrap', ...context], aws.region, stop);
    const folder = await mkdtemp(join(tmpdir(), 'systole-deploy-'));
    try {
      const outputs = join(folder, 'outputs.json');
      const first = before === undefined && !(await stands(aws, `systole-${stage}-edge`));
      try {
        await runCdk(
          [
            'deploy',
            '--all',
            '--require-approval',
            'never',
            // What a first deployment has made is kept when a part of it fails: rolled back, it would leave a stack that is
            // protected from deletion and cannot be deployed, beside buckets, keys and a database that belong to none.
            ...(first ? ['--no-rollback'] : []),
            '--outputs-file',
            outputs,
            ...context,
          ],
          aws.region,
          stop,
        );
      } catch (error) {
        if (first)
          process.stderr.write(
            'What stands is kept: mend the cause and run the same command again, it goes on from there.\n',
          );
        throw error;
      }
      const note = noteOf(JSON.parse(await readFile(outputs, 'utf8')), { region: aws.region, settings });
      await writeDeployment(stage, note);
      process.stdout.write(welcome(stage, note));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return 0;
  },
};

/** What is given now, over what was given before. Checked here, so that a wrong value is named before anything runs. */
function settingsOf(
  stage: string,
  values: Readonly<Partial<Record<keyof typeof settingOptions, string>>>,
  before: DeploymentNote | undefined,
): Record<string, string> {
  const settings: Record<string, string> = { ...before?.settings, stage };
  for (const [option, key] of Object.entries(settingOptions)) {
    const value = values[option as keyof typeof settingOptions];
    if (value !== undefined) settings[key] = value;
  }
  const parsed = settingsSchema.safeParse(settings);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    const option = Object.entries(settingOptions).find(([, key]) => key === path[0])?.[0];
    throw new UsageError(`--${option ?? String(path[0])}: ${message}`);
  }
  return settings;
}

/** Whether a stack was deployed to its end, be it from another machine. */
async function stands(aws: AwsCalls, StackName: string): Promise<boolean> {
  try {
    const answer = await aws.query('cloudformation', {
      Action: 'DescribeStacks',
      Version: '2010-05-15',
      StackName,
    });
    return /<StackStatus>(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE</.test(answer);
  } catch (error) {
    // There is none.
    if (error instanceof AwsCallError) return false;
    throw error;
  }
}

async function openCalls(region: string | undefined): Promise<AwsCalls> {
  try {
    return await AwsCalls.open(region);
  } catch {
    throw new UsageError('no region: give --region, set AWS_REGION, or run `aws configure`');
  }
}

function line({ what, state, words }: Check): string {
  const marks = { ok: 'ok', attention: 'note', missing: 'MISSING' } as const;
  return `  ${marks[state].padEnd(8)}${what.padEnd(22)}${words}\n`;
}

function costWords(region: string, network: string | undefined): string {
  const prices = pricesByRegion[region] ?? pricesByRegion['us-east-1']!;
  const idle = total(idleMonth(prices, settingsSchema.shape.network.parse(network)));
  return [
    `Three stacks: data (files, database, queues), compute (job instances and images), edge (functions, alarms).`,
    `At list prices of ${region in pricesByRegion ? region : 'us-east-1'} as of ${pricesAsOf}: idle $${idle.toFixed(2)} a month,` +
      ` 1000 ECGs $${total(thousand(prices, 'ecg')).toFixed(3)}, 1000 echo cines $${total(thousand(prices, 'echo')).toFixed(2)}. More: npx systole cost`,
    'The job images are built in the account, which takes 15 to 25 minutes the first time.',
    '',
  ].join('\n');
}

function welcome(stage: string, { region, buckets }: DeploymentNote): string {
  const at = `--stage ${stage}`;
  return [
    `Deployed. Upload: aws s3 cp --recursive FOLDER s3://${buckets.uploads}/ --region ${region}`,
    `or:               npx systole score PATH --wait ${at}`,
    `Results:          npx systole results ${at}, and s3://${buckets.results}/pages/`,
    '',
  ].join('\n');
}
