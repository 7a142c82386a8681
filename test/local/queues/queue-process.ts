import { createInterface } from 'node:readline';
import { QueueService, type QueueServiceOptions } from '../../../local/queues/queue-service.ts';

// A service to be killed: on 'send' sends without end, telling each id once it is acknowledged; on 'take' receives
// messages, deletes those that it can (telling which) and leaves the poisonous ones.
const queues = await QueueService.open(JSON.parse(process.argv[2]!) as QueueServiceOptions);
const tell = (value: unknown) => console.log(JSON.stringify(value));
tell('open');
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as string;
  for (let count = 0; command === 'send'; count++)
    await Promise.all(
      [0, 1, 2, 3].map(async (index) =>
        tell({ sent: (await queues.send('ingest', `${count}/${index}`)).id }),
      ),
    );
  while (command === 'take') {
    const messages = await queues.receive('ingest', { max: 10, wait: 20 });
    const poisonous = messages.filter(({ body }) => body === 'poison');
    for (const { receiveCount } of poisonous) tell({ poisoned: receiveCount });
    const others = messages.filter(({ body }) => body !== 'poison');
    for (const { id } of others) tell({ taken: id });
    await queues.delete(
      'ingest',
      others.map(({ receiptHandle }) => receiptHandle),
    );
    for (const { id } of others) tell({ deleted: id });
  }
}
