import { describe, expect, it } from 'vitest';
import { Progress } from '../../cli/progress.ts';
import { spoken } from '../cloud/embedded.ts';

describe('Progress', () => {
  it('is a line on stderr for every tenth, where that is no terminal, and nothing on stdout', async () => {
    const { out, err } = await spoken(async () => {
      const progress = new Progress('Uploading');
      for (let done = 0; done <= 1000; done += 1) progress.show(done, 1000, 'files');
      progress.end();
    });
    expect(out).toBe('');
    const lines = err.trim().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('Uploading 0/1000 files');
    expect(lines[10]).toBe('Uploading 1000/1000 files');
  });

  it('counts nothing to do as done', async () => {
    const { err } = await spoken(async () => new Progress('Scoring').show(0, 0));
    expect(err).toBe('Scoring 0/0 \n');
  });
});
