import type { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { dispatchRun } from '../../../lambdas/dispatch/dispatch-run.ts';
import { type ModelTask, promoteModel, registerModel } from '../../../shared/catalog/models.ts';
import { type ManifestLine, readManifest } from '../../../shared/storage/manifest.ts';
import { Catalog } from '../../shared/catalog/catalog.ts';
import { MemoryObjects } from '../../shared/storage/memory-objects.ts';

let catalog: Catalog;
let objects: MemoryObjects;
let submitted: string[];

beforeAll(async () => {
  for (const name of ['BUCKET_WORK', 'JOB_QUEUE_CPU', 'JOB_QUEUE_GPU'])
    vi.stubEnv(`SYSTOLE_${name}`, name.toLowerCase());
  for (const program of ['PREPROCESS', 'INFER']) vi.stubEnv(`SYSTOLE_JOB_DEFINITION_${program}`, program);
  catalog = await Catalog.open();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await catalog.close();
});
beforeEach(async () => {
  await catalog.empty();
  objects = new MemoryObjects();
  submitted = [];
});

const batch = {
  send: async ({ input }: SubmitJobCommand) => {
    submitted.push(input.jobDefinition!);
    return { jobId: `job-${submitted.length}` };
  },
} as unknown as BatchClient;

async function register(name: string, version: string, task: ModelTask): Promise<void> {
  const card = { preprocessing: {}, members: ['w'] };
  await registerModel(catalog.database, { name, version, task, prefix: 'v/', card, promote: true });
}

async function manifest(): Promise<ManifestLine[]> {
  const [key] = [...objects.files.keys()];
  return readManifest(objects, { bucket: 'bucket_work', key: key!.replace(/^bucket_work\//, '') }, 0);
}

const claim = { modality: 'echo', all: true } as const;

describe('a run', () => {
  it('takes the models that are in force once it has claimed, and no others of its modality', async () => {
    const [id] = await catalog.readyEchoes(1);
    await register('v', '1', 'views');
    await register('v', '2', 'views');
    await register('e', '1', 'ecg');
    // Somebody promotes another after this dispatch has looked for models and before it claims.
    const query = catalog.database.query.bind(catalog.database);
    const spy = vi.spyOn(catalog.database, 'query').mockImplementationOnce(async (...claiming) => {
      await promoteModel(catalog.database, 'v', '2');
      return query(...claiming) as never;
    });
    const services = { database: catalog.database, objects, batch };
    expect(await dispatchRun(services, { ...claim, scorable: true })).toBe(1);
    spy.mockRestore();
    const [line] = await manifest();
    expect(line).toMatchObject({ id, child: 0, modality: 'echo', scoredBefore: false });
    expect(line!.models.map(({ name, version }) => `${name} ${version}`)).toEqual(['v 2']);
    expect(submitted).toEqual(['PREPROCESS', 'INFER']);
  });

  it('is preprocessed alone where nothing scores it', async () => {
    await catalog.readyEchoes(1);
    const services = { database: catalog.database, objects, batch };
    expect(await dispatchRun(services, { ...claim, scorable: false })).toBe(1);
    expect((await manifest())[0]!.models).toEqual([]);
    expect(submitted).toEqual(['PREPROCESS']);
    expect(await dispatchRun(services, { ...claim, scorable: false })).toBe(0);
  });
});
