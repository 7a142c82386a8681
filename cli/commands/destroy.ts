import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from '../command.ts';
import { ask } from '../deployment/ask.ts';
import { deploymentFile, readDeployment, writeDeployment } from '../deployment/deployment-note.ts';
import { emptyBucket } from '../deployment/empty-bucket.ts';
import { contextArguments, runCdk } from '../deployment/run-cdk.ts';
import { UsageError } from '../usage-error.ts';

/** How often the last stack is tried to be deleted. */
const attempts = 3;

export const destroy: Command = {
  name: 'destroy',
  usage: '[--stage NAME] [--data keep|delete] [--confirm NAME]',
  summary: 'Takes a deployment down. Data is kept unless it is said, twice, that it is to be deleted.',
  async run(args, stop) {
    const { values } = parseArgs({
      args: [...args],
      options: { stage: { type: 'string' }, data: { type: 'string' }, confirm: { type: 'string' } },
    });
    const stage = values.stage ?? 'main';
    const note = await readDeployment(stage);
    const { region, settings, buckets } = note;
    const data =
      values.data ??
      ((await ask('Uploads, results, models and database: keep or delete? [keep]', '--data', stop)) ||
        'keep');
    if (data !== 'keep' && data !== 'delete') throw new UsageError('--data is keep or delete');
    const confirmed =
      values.confirm ?? (await ask(`Type the name of the stage to take it down:`, '--confirm', stop));
    if (confirmed !== stage) throw new UsageError(`'${confirmed}' is not the stage '${stage}'`);

    const context = contextArguments(settings);
    const stack = (part: string) => `systole-${stage}-${part}`;
    await runCdk(
      ['destroy', '--force', '--exclusively', stack('edge'), stack('compute'), ...context],
      region,
      stop,
    );
    if (data === 'keep') {
      process.stdout.write(
        `Functions and instances are gone; ${stack('data')} is as it was. npx systole deploy --stage ${stage} takes it up again.\n`,
      );
      return 0;
    }
    // First the protections, by a deployment that does not keep its data; then the files, which no stack deletes.
    const open = { ...settings, keepData: 'false' };
    const unprotected = contextArguments(open);
    // A stack whose deletion has failed can only be deleted: what is unprotected already is not deployed again.
    if (settings.keepData !== 'false') {
      await runCdk(
        ['deploy', '--exclusively', '--require-approval', 'never', stack('data'), ...unprotected],
        region,
        stop,
      );
      await writeDeployment(stage, { ...note, settings: open });
    }
    const s3 = new S3Client({ region });
    // The access logs last: emptying the others writes some.
    const { accessLogs, ...others } = buckets;
    for (let attempt = 1; ; attempt++) {
      for (const bucket of [...Object.values(others), accessLogs!]) {
        const deleted = await emptyBucket(s3, bucket, stop);
        process.stderr.write(`${bucket}: ${deleted} versions deleted\n`);
      }
      try {
        await runCdk(['destroy', '--force', stack('data'), ...unprotected], region, stop);
        break;
      } catch (error) {
        // S3 writes access logs for some hours after the access, and then the bucket is not empty when its turn comes.
        if (attempt === attempts || stop.aborted) throw error;
        process.stderr.write('Once more: access logs may have come meanwhile.\n');
      }
    }
    await rm(deploymentFile(stage));
    process.stdout.write(
      `Stage '${stage}' is gone. Monthly backups, if there were any, stay in AWS Backup until they expire.\n`,
    );
    return 0;
  },
};
