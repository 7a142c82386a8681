import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelTask } from '../catalog/models.ts';
import { root } from './bundle.ts';

/** A model in `models/`, as the registry takes it. */
export interface ShippedModel {
  readonly name: string;
  readonly version: string;
  readonly task: ModelTask;
  readonly prefix: string;
  readonly card: { readonly name: string; readonly version: string; readonly task: ModelTask };
}

/** The models that come with the code: every folder of `models/` with a card. */
export function shippedModels(): (ShippedModel & { readonly folder: string })[] {
  const folder = join(root, 'models');
  return readdirSync(folder)
    .sort()
    .filter((name) => existsSync(join(folder, name, 'card.json')))
    .map((name) => {
      const card = JSON.parse(readFileSync(join(folder, name, 'card.json'), 'utf8')) as ShippedModel['card'];
      return {
        name: card.name,
        version: card.version,
        task: card.task,
        prefix: modelPrefix(card),
        card,
        folder: join(folder, name),
      };
    });
}

/** Where a model's files lie in the models bucket. */
export const modelPrefix = ({ name, version }: { name: string; version: string }): string =>
  `${name}/${version}/`;
