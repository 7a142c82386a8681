import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterKey, afterPrefix, byteString, keyOf, SortedKeys } from '../../../local/s3/sorted-keys.ts';
import { seeds } from '../../seeds.ts';

function all(keys: SortedKeys, prefix: string): string[] {
  const found: string[] = [];
  let from = '';
  for (;;) {
    const next = keys.first(byteString(prefix), from);
    if (next === undefined) return found;
    found.push(keyOf(next));
    from = afterKey(next);
  }
}

test.each(seeds)('holds keys in the order of their UTF-8 bytes (seed %i)', (seed) => {
  // Characters whose order in UTF-16 is not that of their bytes, and ones that make prefixes likely.
  const character = fc.constantFrom('a', 'b', '/', ' ', '\u0001', 'é', '\uff5e', '\u{1f600}', '\ud7ff');
  const key = fc.string({ unit: character, minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), key)), key, (steps, prefix) => {
      const keys = new SortedKeys();
      const model = new Set<string>();
      for (const [adds, one] of steps) {
        if (adds && !model.has(one)) keys.add(one);
        if (!adds) keys.delete(one);
        if (adds) model.add(one);
        else model.delete(one);
      }
      const sorted = [...model].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(all(keys, '')).toEqual(sorted);
      expect(all(keys, prefix)).toEqual(sorted.filter((one) => one.startsWith(prefix)));
      const past = keys.first('', afterPrefix(byteString(prefix)));
      expect(past === undefined ? undefined : keyOf(past)).toBe(
        sorted.find(
          (one) => Buffer.compare(Buffer.from(one), Buffer.from(prefix)) > 0 && !one.startsWith(prefix),
        ),
      );
    }),
    { seed, numRuns: 300 },
  );
});

test('stays sorted over many chunks, whatever the order of arrival', () => {
  const keys = new SortedKeys();
  const names = Array.from(
    { length: 20_000 },
    (_, at) => `k${String((at * 7919) % 20_000).padStart(6, '0')}`,
  );
  for (const name of names) keys.add(name);
  for (const name of names.slice(0, 10_000)) keys.delete(name);
  expect(all(keys, '')).toEqual(names.slice(10_000).sort());
});
