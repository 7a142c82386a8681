import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelTask } from '../catalog/models.ts';

/** A model in `models/`, as the registry takes it. */
export interface ShippedModel {
  readonly name: string;
  readonly version: string;
  readonly task: ModelTask;
  readonly prefix: string;
  readonly card: { readonly name: string; readonly version: string; readonly task: ModelTask };
  readonly folder: string;
}

const modelsOfCheckout = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'models');

/** Of several models for one task these come first: the first is put in force where none is. */
const preferred: ReadonlySet<string> = new Set(['ecg-superclass']);

/** The models that come with the code: every folder of `models/` with a card. */
export function shippedModels(models: string = modelsOfCheckout): ShippedModel[] {
  return readdirSync(models)
    .sort((a, b) => Number(preferred.has(b)) - Number(preferred.has(a)) || (a < b ? -1 : 1))
    .filter((name) => existsSync(join(models, name, 'card.json')))
    .map((name) => {
      const folder = join(models, name);
      const card = JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8')) as ShippedModel['card'];
      return {
        name: card.name,
        version: card.version,
        task: card.task,
        prefix: modelPrefix(card),
        card,
        folder,
      };
    });
}

/** Where a model's files lie in the models bucket. */
export const modelPrefix = ({ name, version }: { name: string; version: string }): string =>
  `${name}/${version}/`;
