import { migration as catalog } from './001-catalog.ts';
import { migration as registry } from './002-registry.ts';
import { migration as indexObjects } from './003-index-objects.ts';

/** Every migration in the order of its version. A migration that was released is never changed: add another. */
export const migrations = [catalog, registry, indexObjects];
