import type { Node } from 'constructs';
import * as z from 'zod';
import { type Settings, settingsSchema } from '../shared/deployment/settings.ts';

/** Reads the settings out of the app's context. @throws Error that names the key whose value is wrong */
export function readSettings(node: Node): Settings {
  const given: Record<string, unknown> = {};
  for (const key of Object.keys(settingsSchema.shape)) {
    const value: unknown = node.tryGetContext(`systole:${key}`);
    if (value !== undefined && value !== '') given[key] = value;
  }
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) throw new Error(`systole: context ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
