import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecgFigures } from '../../shared/catalog/ecg-evaluations.ts';
import { listEvaluations } from '../../shared/catalog/evaluations.ts';
import { shippedModels } from '../../shared/deployment/shipped-models.ts';
import type { Card } from '../../shared/learning/card.ts';
import { dataFolder } from '../reference.ts';
import { TestCloud } from './embedded.ts';

const set = join(dataFolder, 'ecg', 'ptbxl-superclass');

describe.skipIf(!existsSync(set))('PTB-XL validation set (needs ../shared/data/ecg)', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await TestCloud.open();
  });
  afterAll(() => cloud.close());

  it('is evaluated, from upload to rows, as the card of the shipped model says', async () => {
    const card = shippedModels().find(({ task }) => task === 'ecg')!.card as unknown as Card;
    const files = readdirSync(join(set, 'val'));
    const records = files.filter((name) => name.endsWith('.hea')).length;
    await cloud.put('ptb/val.csv', readFileSync(join(set, 'val.csv')));
    for (const name of files) await cloud.put(`ptb/val/${name}`, readFileSync(join(set, 'val', name)));
    const scored = ({ state }: { state: string }) => state === 'scored';
    await cloud.until('ptb/', (all) => all.filter(scored).length === records, 200);
    const evaluation = await cloud.eventually(async () => {
      const [one] = await listEvaluations(cloud.target.database);
      if (one?.state === 'finished') return one;
      await cloud.target.sqs.send(
        new SendMessageCommand({ QueueUrl: cloud.target.names.queueUrl('wake'), MessageBody: '{}' }),
      );
      return undefined;
    }, 100);
    expect(evaluation).toMatchObject({ dataSet: 'ptb/val.csv', recordings: records });
    const rows = await ecgFigures(cloud.target.database, evaluation.id);
    const auroc = (label: string | null) =>
      rows.find((row) => row.source === null && row.metric === 'auroc' && row.label === label)!.value;
    expect(Math.abs(auroc(null)! - card.evaluation!.macroAuroc.value!)).toBeLessThan(2e-3);
    for (const { name, auroc: own } of card.evaluation!.classes)
      expect(Math.abs(auroc(name)! - own.value!), name).toBeLessThan(5e-3);
  });
});
