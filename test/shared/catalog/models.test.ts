import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  listModels,
  type ModelTask,
  promotedModels,
  promoteModel,
  registerModel,
} from '../../../shared/catalog/models.ts';
import { Catalog } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(() => catalog.empty());

const register = (name: string, version: string, task: ModelTask, card: unknown = {}, promote = true) =>
  registerModel(catalog.database, {
    name,
    version,
    task,
    prefix: `${name}/${version}/`,
    card,
    promote,
  });
const inForce = async () =>
  (await promotedModels(catalog.database)).map(({ task, name, version }) => `${task} ${name} ${version}`);

describe('the registry', () => {
  it('puts the first model of a task in force, and others when they are promoted', async () => {
    expect(await inForce()).toEqual([]);
    await register('a', '1', 'ecg');
    await register('a', '2', 'ecg');
    await register('v', '1', 'views', {}, false);
    expect(await inForce()).toEqual(['ecg a 1']);
    expect(await promoteModel(catalog.database, 'a', '2')).toBe(true);
    expect(await promoteModel(catalog.database, 'v', '1')).toBe(true);
    expect(await inForce()).toEqual(['ecg a 2', 'views v 1']);
    expect(await promoteModel(catalog.database, 'a', '1')).toBe(true);
    expect(await inForce()).toEqual(['ecg a 1', 'views v 1']);
    expect(await promoteModel(catalog.database, 'a', '3')).toBe(false);
  });

  it('keeps a model as it was first registered', async () => {
    await register('a', '1', 'ecg', { members: ['x', 'y', 'z'], preprocessing: { steps: [] } });
    await register('a', '1', 'ecg', { members: ['x'] });
    expect(await listModels(catalog.database)).toEqual([
      {
        name: 'a',
        version: '1',
        task: 'ecg',
        prefix: 'a/1/',
        ensemble: 3,
        preprocessing: { steps: [] },
        promotedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d/),
      },
    ]);
  });

  it('lists all, those in force first', async () => {
    await register('a', '1', 'ecg');
    await register('a', '2', 'ecg');
    await register('a', '3', 'ecg');
    await promoteModel(catalog.database, 'a', '3');
    const listed = await listModels(catalog.database);
    expect(listed.map(({ version }) => version)).toEqual(['3', '1', '2']);
    expect(listed.map(({ promotedAt }) => promotedAt !== null)).toEqual([true, true, false]);
    expect(listed[0]).toMatchObject({ ensemble: 1, preprocessing: null });
  });
});
