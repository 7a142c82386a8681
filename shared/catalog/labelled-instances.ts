import type { ViewGroup } from '../echo/views/views.ts';
import type { Database } from './database.ts';

/** An instance whose view is known from an Xcelera export. */
export interface LabelledInstance {
  /** Unique; by which they are ordered. */
  readonly place: string;
  /** Of its newest version in the uploads bucket. */
  readonly key: string;
  readonly view: Exclude<ViewGroup, 'other'>;
  /** The study and its export: what must not be parted between training and test. */
  readonly study: string;
  readonly part: 'train' | 'test';
}

/** How instances are parted: whole studies, by a hash of the seed, so that new uploads move none. */
export interface Parting {
  /** Share of the studies that are for training. */
  readonly train: number;
  /** Share of the instances that are kept. */
  readonly keep: number;
  readonly seed: number;
}

/** The instances that a view classifier is taught and judged by (`views.instances_w_labels`), in pages. */
export function labelledInstances(
  database: Database,
  { train, keep, seed }: Parting,
): AsyncGenerator<LabelledInstance[]> {
  return database.pages<LabelledInstance>(
    `with labelled as (
       select t.folder || lpad(t.instanceidk::text, 20, '0') as place, o.key, t.view, t.folder || t.studyidk as study, t.part
       from views.train_test(:train::float8, :keep::float8, :seed::int) t
       join catalog.recordings r on r.id = t.recording_id
       join catalog.objects o on o.id = r.object_id
     )
     select * from labelled where :after::text is null or place collate "C" > :after
     order by place collate "C" limit :rows`,
    { train, keep, seed },
    'place',
  );
}
