import { createInterface } from 'node:readline';
import { FunctionHost, type FunctionHostOptions } from '../../../local/functions/function-host.ts';
import { EventPump } from '../../../local/pump/event-pump.ts';
import { QueueService, type QueueServiceOptions } from '../../../local/queues/queue-service.ts';

// A pump to be killed: sends the bodies that it is told and works on them.
const settings = JSON.parse(process.argv[2]!) as {
  queues: QueueServiceOptions;
  functions: FunctionHostOptions;
};
const queues = await QueueService.open(settings.queues);
const functions = await FunctionHost.open(settings.functions);
const source = { queue: 'ingest', function: 'ingest', batchSize: 10, window: 0, maxConcurrency: 2 };
const pump = new EventPump({ queues, functions, sources: [source], concurrency: 2 });
pump.start();
console.log(JSON.stringify('started'));
for await (const line of createInterface({ input: process.stdin })) {
  await Promise.all((JSON.parse(line) as string[]).map((body) => queues.send('ingest', body)));
  console.log(JSON.stringify('accepted'));
}
