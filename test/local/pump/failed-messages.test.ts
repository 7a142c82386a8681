import { expect, test } from 'vitest';
import { failedMessages } from '../../../local/pump/failed-messages.ts';

const ids = ['a', 'b', 'c'];
const named = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

test.each<[string, unknown, string[]]>([
  ['nothing', undefined, []],
  ['null', null, []],
  ['an empty object', {}, []],
  ['an empty list', { batchItemFailures: [] }, []],
  ['null for a list', { batchItemFailures: null }, []],
  ['two messages', named('c', 'a'), ['a', 'c']],
  ['a message twice', named('b', 'b'), ['b']],
  ['a message that was not in the batch', named('a', 'x'), ids],
  ['an empty identifier', named(''), ids],
  ['null for an identifier', named(null), ids],
  ['a wrong name for the identifier', { batchItemFailures: [{ id: 'a' }] }, ids],
  ['null for a failure', { batchItemFailures: [null] }, ids],
  ['text for a list', { batchItemFailures: 'a' }, ids],
  ['text', 'done', ids],
  ['a list', [], ids],
])('a response of %s', (_, response, failed) => {
  expect([...failedMessages(response, ids)].sort()).toEqual(failed);
});
