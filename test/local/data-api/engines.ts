import { randomBytes } from 'node:crypto';
import type { DataApiOptions } from '../../../local/data-api/data-api.ts';

const databaseUrl = process.env.SYSTOLE_TEST_DATABASE_URL;

/** What the tests of the Data API run on: PGlite, and a PostgreSQL server where the environment names one. */
export const engines: { name: string; options: Partial<DataApiOptions> }[] = [
  { name: 'PGlite', options: {} },
  ...(databaseUrl === undefined ? [] : [{ name: 'PostgreSQL server', options: { databaseUrl } }]),
];

/** A schema name that no other run uses, since a server is not empty. */
export const freshName = () => `t${randomBytes(6).toString('hex')}`;
