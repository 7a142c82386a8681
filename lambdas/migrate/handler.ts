import middy from '@middy/core';
import { Database } from '../../shared/catalog/database.ts';
import { migrate } from '../../shared/catalog/migrate.ts';
import { migrations } from '../../shared/catalog/migrations/index.ts';
import { registerModel } from '../../shared/catalog/models.ts';
import { environment } from '../../shared/deployment/environment.ts';
import type { ShippedModel } from '../../shared/deployment/shipped-models.ts';
import { log } from '../log.ts';

/** A CloudFormation custom resource's event (through the Provider framework), or a direct call with the same fields. */
interface MigrateEvent {
  readonly RequestType?: 'Create' | 'Update' | 'Delete';
  readonly ResourceProperties: { readonly models: readonly ShippedModel[] };
}

const database = new Database(environment.database());

/**
 * Brings the database to the schema of this code and registers the models that ship with it. A failed migration is
 * rolled back and fails the deployment. Deleting the resource leaves the data alone.
 */
export const handler = middy<MigrateEvent, { PhysicalResourceId: string }>().handler(async (event) => {
  if (event.RequestType !== 'Delete') {
    const applied = await migrate(database, migrations);
    for (const model of event.ResourceProperties.models)
      await registerModel(database, { ...model, promote: true });
    log('info', 'migrated', { applied: applied.length, version: migrations.length });
  }
  return { PhysicalResourceId: 'systole-schema' };
});
