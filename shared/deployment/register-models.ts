import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../catalog/database.ts';
import { registerModel } from '../catalog/models.ts';
import type { Objects } from '../storage/objects.ts';
import type { ShippedModel } from './shipped-models.ts';

/** Puts models into the models bucket and the registry; those that are there stay. */
export async function registerModels(
  models: readonly ShippedModel[],
  { objects, database, bucket }: { objects: Objects; database: Database; bucket: string },
): Promise<void> {
  for (const { folder, ...model } of models) {
    // The card goes last: where it is, the model is whole.
    const files = (await readdir(folder)).filter((name) => name !== 'card.json');
    if ((await objects.size({ bucket, key: `${model.prefix}card.json` })) === undefined)
      for (const name of [...files, 'card.json'])
        await objects.putFile({ bucket, key: `${model.prefix}${name}` }, join(folder, name));
    await registerModel(database, { ...model, promote: true });
  }
}
