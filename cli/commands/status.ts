import { parseArgs } from 'node:util';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { listEvaluations } from '../../shared/catalog/evaluations.ts';
import { outcomeOf, overview } from '../../shared/catalog/overview.ts';
import { timelineOf } from '../../shared/catalog/timeline.ts';
import { type QueueName, queues } from '../../shared/deployment/description.ts';
import type { Command } from '../command.ts';
import { evaluationTable } from '../evaluation-table.ts';
import { openTarget } from '../open-target.ts';
import { showOutcomes } from '../outcome-table.ts';
import { recordingId } from '../recording-id.ts';
import { table } from '../table.ts';
import type { Target } from '../target.ts';

export const status: Command = {
  name: 'status',
  usage: '[ID] [--json] [--stage NAME]',
  summary: 'What waits, runs, is scored or was refused; with an ID, the way of one recording.',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, stage: { type: 'string' } },
    });
    const id = recordingId(positionals);
    const target = await openTarget(values.stage);
    try {
      if (id !== undefined) {
        const outcome = await outcomeOf(target.database, id);
        const timeline = await timelineOf(target.database, id);
        if (outcome === undefined || timeline === undefined) throw new Error(`there is no recording ${id}`);
        if (values.json) {
          process.stdout.write(`${JSON.stringify({ ...outcome, ...timeline })}\n`);
          return 0;
        }
        await showOutcomes(
          (async function* () {
            yield outcome;
          })(),
          false,
        );
        const steps = timeline.events.map(({ at, what }) => [at, what]);
        process.stdout.write(`\n${table(['when', 'what'], steps)}`);
        if (timeline.run !== null) process.stdout.write(`\nrun ${timeline.run}\n`);
        return 0;
      }
      const counts = await overview(target.database);
      const depths = await queueDepths(target);
      const evaluations = await listEvaluations(target.database);
      if (values.json) {
        process.stdout.write(
          `${JSON.stringify({ target: target.name, ...counts, queues: depths, evaluations })}\n`,
        );
        return 0;
      }
      const states = Object.entries(counts.recordings).map(([state, count]) => [state, String(count)]);
      process.stdout.write(
        `${target.name}: ${counts.seen} files seen\n\n${table(['recordings', 'count'], states)}\n`,
      );
      const files = Object.entries(counts.files).map(([state, count]) => [state, String(count)]);
      process.stdout.write(`${table(['other files', 'count'], files)}\n`);
      const rows = depths.map(({ queue, visible, inFlight, dead }) => [
        queue,
        `${visible}`,
        `${inFlight}`,
        `${dead}`,
      ]);
      process.stdout.write(table(['queue', 'waiting', 'in flight', 'dead letters'], rows));
      if (evaluations.length > 0) process.stdout.write(`\n${evaluationTable(evaluations.slice(0, 10))}`);
      return 0;
    } finally {
      await target.close();
    }
  },
};

interface Depth {
  readonly queue: QueueName;
  readonly visible: number;
  readonly inFlight: number;
  readonly dead: number;
}

async function queueDepths(target: Target): Promise<Depth[]> {
  const depth = async (url: string) => {
    const { Attributes } = await target.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return {
      visible: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
      inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
    };
  };
  return Promise.all(
    (Object.keys(queues) as QueueName[]).map(async (queue) => {
      const url = target.names.queueUrl(queue);
      const QueueName = `${url.slice(url.lastIndexOf('/') + 1)}-dead`;
      const { QueueUrl } = await target.sqs.send(new GetQueueUrlCommand({ QueueName }));
      const [own, dead] = await Promise.all([depth(url), depth(QueueUrl!)]);
      return { queue, ...own, dead: dead.visible + dead.inFlight };
    }),
  );
}
