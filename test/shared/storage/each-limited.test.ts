import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eachLimited } from '../../../shared/storage/each-limited.ts';

describe('eachLimited', () => {
  it('works on every item, at most so many at once', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await eachLimited(
      Array.from({ length: 25 }, (_, i) => i),
      4,
      async (item) => {
        running += 1;
        most = Math.max(most, running);
        await sleep(item % 3);
        running -= 1;
        done.push(item);
      },
    );
    expect(most).toBe(4);
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => i));
  });

  it('starts nothing more after a failure, waits for what runs, and throws the first', async () => {
    const started: number[] = [];
    let ended = 0;
    const work = eachLimited([0, 1, 2, 3, 4, 5], 2, async (item) => {
      started.push(item);
      await sleep(item === 1 ? 1 : 20);
      ended += 1;
      if (item === 1) throw new Error('first');
      throw new Error('later');
    });
    await expect(work).rejects.toThrow('first');
    expect(started.length).toBeLessThan(6);
    expect(ended).toBe(started.length);
  });

  it('takes items as they come', async () => {
    const items = (async function* () {
      yield 1;
      await sleep(2);
      yield 2;
    })();
    const seen: number[] = [];
    await eachLimited(items, 8, async (item) => {
      seen.push(item);
    });
    expect(seen).toEqual([1, 2]);
    await eachLimited([], 1, async () => {
      throw new Error('there was none');
    });
  });
});
