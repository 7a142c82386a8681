import { join } from 'node:path';
import middy from '@middy/core';
import { Database } from '../../shared/catalog/database.ts';
import { migrate } from '../../shared/catalog/migrate.ts';
import { migrations } from '../../shared/catalog/migrations/index.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { registerModels } from '../../shared/deployment/register-models.ts';
import { shippedModels } from '../../shared/deployment/shipped-models.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { log } from '../log.ts';

/** A CloudFormation custom resource's event (through the CDK's provider framework), or a direct call without fields. */
interface MigrateEvent {
  readonly RequestType?: 'Create' | 'Update' | 'Delete';
}

const database = new Database(environment.database());
const objects = new Objects();

/**
 * Brings the database to the schema of this code and registers the models that ship with it, which lie beside the
 * bundle. A failed migration is rolled back and fails the deployment. Deleting the resource leaves the data alone.
 */
export const handler = middy<MigrateEvent, { PhysicalResourceId: string }>().handler(async (event) => {
  if (event.RequestType !== 'Delete') {
    const applied = await migrate(database, migrations);
    const models = shippedModels(join(process.env.LAMBDA_TASK_ROOT ?? '.', 'models'));
    await registerModels(models, { objects, database, bucket: environment.bucket('models') });
    log('info', 'migrated', { applied: applied.length, version: migrations.length, models: models.length });
  }
  return { PhysicalResourceId: 'systole-schema' };
});
