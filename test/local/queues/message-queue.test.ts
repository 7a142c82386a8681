import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessageQueue } from '../../../local/queues/message-queue.ts';
import { seeds } from '../../seeds.ts';

type Step =
  | { readonly do: 'add'; readonly delay: number }
  | { readonly do: 'take'; readonly visibility: number }
  | { readonly do: 'hide'; readonly which: number; readonly seconds: number }
  | { readonly do: 'remove'; readonly which: number }
  | { readonly do: 'wait'; readonly seconds: number };

const seconds = fc.integer({ min: 0, max: 20 });
const which = fc.nat();
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), delay: seconds }),
    fc.record({ do: fc.constant('take' as const), visibility: seconds }),
    fc.record({ do: fc.constant('hide' as const), which, seconds }),
    fc.record({ do: fc.constant('remove' as const), which }),
    fc.record({ do: fc.constant('wait' as const), seconds }),
  ),
  { minLength: 1, maxLength: 300 },
);

/** Runs the steps on the queue and on a plain map of when each message is visible, which must agree. */
function agree(todo: readonly Step[]): void {
  const queue = new MessageQueue();
  const visibleAt = new Map<string, number>();
  let now = 1000;
  let made = 0;
  const pick = (index: number) => {
    const ids = [...visibleAt.keys()];
    return ids.length === 0 ? undefined : ids[index % ids.length]!;
  };
  for (const step of todo) {
    switch (step.do) {
      case 'add': {
        const id = `message ${made++}`;
        visibleAt.set(id, now + step.delay);
        queue.add(
          {
            id,
            body: '',
            attributes: undefined,
            sentAt: now,
            visibleAt: now + step.delay,
            receives: 0,
            firstReceivedAt: 0,
          },
          now,
        );
        break;
      }
      case 'take': {
        const message = queue.next(now);
        const visible = [...visibleAt].filter(([, at]) => at <= now).map(([id]) => id);
        if (visible.length === 0) expect(message).toBeUndefined();
        else expect(visible).toContain(message?.id);
        if (message) {
          message.receives += 1;
          queue.hideUntil(message, now + step.visibility, now);
          visibleAt.set(message.id, now + step.visibility);
        }
        break;
      }
      case 'hide': {
        const id = pick(step.which);
        if (id === undefined) break;
        // Like SQS, only what is hidden can be hidden anew.
        if (visibleAt.get(id)! <= now) break;
        queue.hideUntil(queue.get(id)!, now + step.seconds, now);
        visibleAt.set(id, now + step.seconds);
        break;
      }
      case 'remove': {
        const id = pick(step.which);
        if (id === undefined) break;
        queue.remove(queue.get(id)!);
        visibleAt.delete(id);
        break;
      }
      case 'wait':
        now += step.seconds;
    }
    queue.bringBack(now);
    expect(queue.size).toBe(visibleAt.size);
    expect(queue.count('ready')).toBe([...visibleAt.values()].filter((at) => at <= now).length);
    const hidden = [...visibleAt.values()].filter((at) => at > now);
    expect(queue.nextReturn()).toBe(hidden.length === 0 ? undefined : Math.min(...hidden));
  }
}

describe('a queue agrees with a plain list of when each message is visible', () => {
  test.each(seeds)('for any steps (seed %i)', (seed) => {
    fc.assert(fc.property(steps, agree), { seed, numRuns: 300 });
  });
});

test('messages that became visible together come in the order in which they were sent', () => {
  const queue = new MessageQueue();
  for (let index = 0; index < 5000; index++)
    queue.add(
      {
        id: String(index),
        body: '',
        attributes: undefined,
        sentAt: 0,
        visibleAt: 0,
        receives: 0,
        firstReceivedAt: 0,
      },
      0,
    );
  for (let index = 0; index < 5000; index++) {
    const message = queue.next(0)!;
    expect(message.id).toBe(String(index));
    queue.remove(message);
  }
  expect(queue.next(0)).toBeUndefined();
});
