import { createHash } from 'node:crypto';
import type { Database, Queries } from './database.ts';

/** A numbered step of the schema. Its statements run in one transaction. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** The migrations of this code and those of the database contradict each other. */
export class MigrationError extends Error {
  readonly version: number;

  constructor(version: number, message: string) {
    super(`migration ${version}: ${message}`);
    this.name = 'MigrationError';
    this.version = version;
  }
}

/** Key of the advisory lock that runners take turns by; any constant that nothing else uses. */
const lock = 7_797_867_831;

interface Applied {
  readonly version: number;
  readonly checksum: string;
}

/**
 * Brings the database to the last of `migrations`. Each is applied in a transaction of its own together with its row
 * in `catalog.migrations`, so a failed one leaves nothing. Runners side by side take turns. Versions above the last
 * one that this code knows are left alone: an older release may run on a newer schema.
 * @returns the versions that this call applied
 * @throws MigrationError when an applied migration was changed or removed, or the versions do not ascend
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<number[]> {
  checkOrder(migrations);
  await database.transaction(
    async (transaction) => {
      await takeTurn(transaction);
      await transaction.query('create schema if not exists catalog');
      await transaction.query(
        `create table if not exists catalog.migrations (
           version int primary key,
           name text not null,
           checksum text not null,
           applied_at timestamptz not null default now()
         )`,
      );
      checkApplied(await appliedOnes(transaction), migrations);
    },
    { repeatable: true },
  );
  const applied: number[] = [];
  for (const migration of migrations) {
    const done = await database.transaction((transaction) => apply(transaction, migration), {
      repeatable: true,
    });
    if (done) applied.push(migration.version);
  }
  return applied;
}

/** @returns false when it was applied before */
async function apply(transaction: Queries, migration: Migration): Promise<boolean> {
  await takeTurn(transaction);
  if ((await appliedOnes(transaction)).some(({ version }) => version === migration.version)) return false;
  for (const statement of migration.statements) await transaction.query(statement);
  await transaction.query(
    'insert into catalog.migrations (version, name, checksum) values (:version, :name, :checksum)',
    { version: migration.version, name: migration.name, checksum: checksumOf(migration) },
  );
  return true;
}

async function takeTurn(transaction: Queries): Promise<void> {
  // As a table, because the function's own result type (void) is none that the Data API returns.
  await transaction.query('select 1 as locked from pg_advisory_xact_lock(:lock)', { lock });
}

function appliedOnes(transaction: Queries): Promise<Applied[]> {
  return transaction.query<Applied>('select version, checksum from catalog.migrations order by version');
}

function checkOrder(migrations: readonly Migration[]): void {
  let last = 0;
  for (const { version } of migrations) {
    if (version <= last) throw new MigrationError(version, `follows ${last}`);
    last = version;
  }
}

function checkApplied(applied: readonly Applied[], migrations: readonly Migration[]): void {
  const last = migrations[migrations.length - 1]?.version ?? 0;
  const known = new Map(migrations.map((migration) => [migration.version, checksumOf(migration)]));
  for (const { version, checksum } of applied) {
    if (version > last) continue;
    const expected = known.get(version);
    if (expected === undefined) throw new MigrationError(version, 'was applied and is gone from the code');
    if (expected !== checksum) throw new MigrationError(version, 'was changed after it was applied');
  }
}

/** SHA-256 of the statements, in hexadecimal. */
function checksumOf({ statements }: Migration): string {
  return createHash('sha256').update(JSON.stringify(statements)).digest('hex');
}
