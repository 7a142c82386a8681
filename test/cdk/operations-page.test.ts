import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { idleMonth } from '../../cli/cost/estimate.ts';
import { pricesByRegion } from '../../cli/cost/prices.ts';
import { root } from '../../shared/deployment/bundle.ts';

const page = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');
const alarms = [
  ...readFileSync(join(root, 'test/cdk/snapshots/edge.snap'), 'utf8').matchAll(
    /"AlarmName": "systole-main-([\w-]+)"/g,
  ),
].map((match) => match[1]!);

it('docs/operations.md has a section for every alarm of the edge stack, and for no other', () => {
  const sections = [...page('operations.md').matchAll(/^### ([\w-]+)$/gm)].map((match) => match[1]!);
  expect(alarms.length).toBeGreaterThan(0);
  expect(sections.sort()).toEqual([...alarms].sort());
});

it('the cost estimate counts the alarms and keys that the stacks hold', () => {
  const items = idleMonth(pricesByRegion['us-east-1']!, 'public');
  expect(items.find(({ item }) => item === 'Alarms')?.quantity).toBe(String(alarms.length));
  const keys = readFileSync(join(root, 'test/cdk/snapshots/data.snap'), 'utf8').match(/"AWS::KMS::Key"/g);
  expect(items.find(({ item }) => item === 'Encryption keys')?.quantity).toBe(String(keys?.length));
});

it('docs/cost.md gives the idle cost that the command computes', () => {
  const sum = idleMonth(pricesByRegion['us-east-1']!, 'public').reduce((all, { cost }) => all + cost, 0);
  expect(page('cost.md')).toContain(`| **sum** | **${sum.toFixed(2)}** |`);
});
