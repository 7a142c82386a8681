import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../cli/main.ts';
import { spoken, TestCloud } from '../cloud/embedded.ts';
import { generatedRecord } from '../cloud/records.ts';

async function systole(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let status = -1;
  const said = await spoken(async () => {
    status = await main(args);
  });
  return { status, ...said };
}

describe('systole', () => {
  it('helps: without a command and wrongly (2), when asked (0), for one command', async () => {
    const asked = await systole('help');
    expect(asked.status).toBe(0);
    for (const name of [
      'start',
      'up',
      'score',
      'status',
      'results',
      'labels',
      'train',
      'models',
      'bench',
      'train-model',
      'driver',
    ])
      expect(asked.out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(await systole()).toEqual({ ...asked, status: 2 });
    expect(await systole('--help')).toEqual(asked);
    const one = await systole('score', '--help');
    expect(one.status).toBe(0);
    expect(one.out).toContain('systole score PATH...');
  });

  it.each([
    ['there is no command', ['scores']],
    ["Unknown option '--frobnicate'", ['status', '--frobnicate']],
    ['which files or folders', ['score']],
    ['there is no file or folder', ['score', '/nowhere/at/all']],
    ['expected one experiment file', ['train']],
    ['a folder for the model', ['train-model', 'data']],
    ['a model folder', ['driver', 'model']],
    ['a folder of outputs', ['evaluate', 'labels']],
    ['promote NAME VERSION', ['models', 'demote', 'a', 'b']],
    ['--rescore goes with promote', ['models', '--rescore']],
    ['there is no benchmark', ['bench', 'none']],
    ['a port', ['up', '--port', 'many']],
    ['an identifier', ['status', 'none']],
    ['an identifier', ['results', '00000000-0000-4000-8000-000000000000', 'more']],
    ['--page', ['results', '--page', 'a.html']],
    ['--train takes a share', ['labels', '--train', '80']],
    ['--seed takes a whole number', ['labels', '--seed', 'x']],
  ])('refuses wrong use with 2 and the usage: %s', async (message, args) => {
    const { status, out, err } = await systole(...args);
    expect(status, err).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(err).toMatch(
      args[0] === 'scores' ? /^ {2}score +Uploads/m : new RegExp(`^ {2}systole ${args[0]} `, 'm'),
    );
  });

  describe('with an embedded cloud', () => {
    let cloud: TestCloud;
    let folder: string;
    const home = process.env.SYSTOLE_HOME;
    beforeAll(async () => {
      cloud = await TestCloud.open();
      process.env.SYSTOLE_HOME = cloud.folder;
      folder = await mkdtemp(join(tmpdir(), 'systole-cli-'));
    });
    afterAll(async () => {
      if (home === undefined) delete process.env.SYSTOLE_HOME;
      else process.env.SYSTOLE_HOME = home;
      await cloud.close();
      await rm(folder, { recursive: true, force: true });
    });

    it('scores a record named by one half, and prints JSON lines alone on stdout', async () => {
      const { writeFile, readFile } = await import('node:fs/promises');
      for (const [name, body] of generatedRecord('r', 1)) await writeFile(join(folder, name), body);
      const scored = await systole('score', join(folder, 'r.hea'), '--wait', '--json');
      expect(scored.status, scored.err).toBe(0);
      const [outcome, ...others] = lines(scored.out);
      expect(others).toEqual([]);
      expect(outcome).toMatchObject({ state: 'scored', modality: 'ecg' });

      const id = outcome!.id as string;
      expect(lines((await systole('status', id, '--json')).out)).toMatchObject([outcome!]);
      expect(lines((await systole('results', '--json')).out)).toEqual([outcome]);
      const page = join(folder, 'deep', 'page.html');
      const shown = await systole('results', id, '--page', page);
      expect(shown.out).toContain('scored');
      expect(await readFile(page, 'utf8')).toContain('<svg');
    });

    it('fails with 1 and a word for what is not there', async () => {
      const { status, err } = await systole('status', '00000000-0000-4000-8000-000000000000');
      expect(status).toBe(1);
      expect(err).toContain('there is no recording');
      const promoted = await systole('models', 'promote', 'none', '1');
      expect(promoted.status).toBe(1);
      expect(promoted.err).toContain('there is no model none 1');
    });

    it('lists the models, one in force for each task', async () => {
      const { status, out } = await systole('models', '--json');
      expect(status).toBe(0);
      expect(lines(out).filter(({ task, inForce }) => task === 'ecg' && inForce)).toHaveLength(1);
      expect((await systole('models')).out).toContain('in force');
    });
  });
});

const lines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
