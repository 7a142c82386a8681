import type { Migration } from '../migrate.ts';

/** The order in which results are listed: by key as bytes, then by arrival. Without its index each page sorts everything. */
export const migration: Migration = {
  version: 8,
  name: 'outcome-order',
  statements: [
    `create function catalog.outcome_order(key text, id bigint) returns text
      language sql immutable as $body$
        select key || chr(1) || lpad(id::text, 20, '0')
      $body$`,
    'create index objects_outcome_order on catalog.objects (catalog.outcome_order(key, id) collate "C")',
  ],
};
