import { describe, expect, it } from 'vitest';
import { FrameSample } from '../../../../shared/echo/frames/frame-sample.ts';
import { Random } from '../../../../shared/random.ts';

function drawn(count: number, identity: string): number[] {
  const sample = new FrameSample(Random.named(0, identity));
  for (let index = 0; index < count; index++) sample.offer(index, () => Uint8Array.of(index));
  return sample.frames().map(({ index, pixels }) => {
    expect(pixels[0]).toBe(index % 256);
    return index;
  });
}

describe('the frames that a view net looks at', () => {
  it.each([1, 2, 10, 11])('are all of %i', (count) => {
    expect(drawn(count, 'a')).toEqual(Array.from({ length: count }, (_, index) => index));
  });

  it('are ten of twelve and more, in order, the same for the same input', () => {
    for (const count of [12, 60, 1000]) {
      const frames = drawn(count, 'a');
      expect(new Set(frames).size).toBe(10);
      expect(frames).toEqual([...frames].sort((a, b) => a - b));
      expect(drawn(count, 'a')).toEqual(frames);
    }
    expect(drawn(60, 'b')).not.toEqual(drawn(60, 'a'));
  });

  it('are each as likely as any other', () => {
    const counts = new Uint32Array(20);
    const draws = 4000;
    for (let draw = 0; draw < draws; draw++) for (const index of drawn(20, `input ${draw}`)) counts[index]!++;
    // Ten of twenty: 2000 each, standard deviation 32.
    for (const count of counts) expect(Math.abs(count - draws / 2)).toBeLessThan(160);
  });

  it('are brought to size only when they are kept', () => {
    const sample = new FrameSample(Random.named(0, 'a'));
    let made = 0;
    for (let index = 0; index < 1000; index++)
      sample.offer(index, () => {
        made++;
        return new Uint8Array(1);
      });
    expect(made).toBeLessThan(120);
  });
});
