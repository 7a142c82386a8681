import type { Context, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { queueHandler } from '../../lambdas/queue-handler.ts';
import { SystoleError } from '../../shared/errors.ts';
import { spoken } from '../cloud/embedded.ts';

const surname = 'Quijano';
const event = {
  Records: ['a', 'b', 'c'].map((messageId) => ({ messageId, body: `${surname} ${messageId}` })),
} as unknown as SQSEvent;
const context = {} as Context;

describe('queueHandler', () => {
  it('reports the messages that failed, and no other', async () => {
    const handler = queueHandler(async (records) =>
      Promise.allSettled(
        records.map(async ({ messageId, body }) => {
          if (messageId !== 'b') throw new SystoleError('header_syntax', body);
        }),
      ),
    );
    let answer: unknown;
    const { out } = await spoken(async () => {
      answer = await handler(event, context);
    });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'c' }] });
    expect(out).toContain('header_syntax');
    expect(out).not.toContain(surname);
  });

  it('gives all messages back when the work fails as a whole, without a word of the input', async () => {
    const handler = queueHandler(async () => {
      throw new Error(`Detail: Key (name)=(${surname})`);
    });
    let answer: { batchItemFailures: unknown[] } | undefined;
    const { out, err } = await spoken(async () => {
      answer = (await handler(event, context)) as typeof answer;
    });
    expect(answer!.batchItemFailures).toHaveLength(3);
    expect(out + err).not.toContain(surname);
  });
});
