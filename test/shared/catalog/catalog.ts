import { randomUUID } from 'node:crypto';
import { Database } from '../../../shared/catalog/database.ts';
import { migrate } from '../../../shared/catalog/migrate.ts';
import { migrations } from '../../../shared/catalog/migrations/index.ts';
import { type Finding, type FoundRecording, indexObjects } from '../../../shared/catalog/objects.ts';
import type { ScoredRecording } from '../../../shared/catalog/recordings.ts';
import { names, type Served, serve } from '../../local/data-api/serve.ts';

/** A database with the catalog's schema behind an embedded Data API. */
export class Catalog {
  readonly database: Database;
  readonly #served: Served;

  private constructor(database: Database, served: Served) {
    this.database = database;
    this.#served = served;
  }

  static async open(): Promise<Catalog> {
    const served = await serve();
    const database = new Database(names, {
      client: {
        endpoint: served.endpoint,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      },
    });
    await migrate(database, migrations);
    return new Catalog(database, served);
  }

  async close(): Promise<void> {
    this.database.close();
    await this.#served.close();
  }

  async empty(): Promise<void> {
    await this.database.query(
      `truncate catalog.objects, catalog.runs, catalog.jobs, registry.runs, registry.models,
                ecg.predictions, ecg.label_sets, registry.evaluations cascade`,
    );
  }

  /** Puts ready ECGs into the catalog. @returns their ids, in the order of their keys */
  async readyEcgs(count: number, prefix = 'ready/'): Promise<string[]> {
    const keys = Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(5, '0')}.xml`);
    await indexObjects(
      this.database,
      keys.map((key) => ecgFinding(key)),
    );
    return this.#ids(prefix);
  }

  async readyEchoes(count: number, prefix = 'study/'): Promise<string[]> {
    const keys = Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(5, '0')}.dcm`);
    await indexObjects(
      this.database,
      keys.map((key) => echoFinding(key)),
    );
    return this.#ids(prefix);
  }

  async #ids(prefix: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `select r.id::text as id from catalog.recordings r join catalog.objects o on o.id = r.object_id
       where starts_with(o.key, :prefix) order by o.key`,
      { prefix },
    );
    return rows.map(({ id }) => id);
  }

  /** State and reason of recordings by their ids, in that order. */
  async states(ids: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string; state: string; reason: string | null }>(
      'select id::text as id, state, reason from catalog.recordings where id::text in (select jsonb_array_elements_text(:ids::jsonb))',
      { ids: [...ids] },
    );
    const byId = new Map(rows.map(({ id, state, reason }) => [id, reason ?? state]));
    return ids.map((id) => byId.get(id) ?? 'absent');
  }
}

let clock = 0;

export function finding(key: string, more: Partial<Finding> = {}): Finding {
  clock += 1;
  return {
    bucket: 'uploads',
    key,
    versionId: `v${clock}`,
    sequencer: clock.toString(16).padStart(8, '0'),
    size: 100,
    etag: `etag-${clock}`,
    kind: 'opaque',
    state: 'waiting',
    ...more,
  };
}

/** An ECG of one file. */
export const ecgFinding = (key: string, more: Partial<FoundRecording> = {}): Finding =>
  finding(key, {
    kind: 'pe-xml',
    state: 'indexed',
    recording: { modality: 'ecg', format: 'pe-xml', facts: { rate: 500 }, ...more },
  });

/** A WFDB header that waits for one signal. */
export const headerFinding = (key: string, signal: string): Finding =>
  finding(key, {
    kind: 'wfdb-header',
    state: 'indexed',
    recording: {
      modality: 'ecg',
      format: 'wfdb',
      facts: { rate: 500 },
      signals: [{ key: signal, minimumBytes: 100, maximumBytes: 100 }],
    },
  });

export const echoFinding = (key: string, more: Partial<FoundRecording> = {}): Finding =>
  finding(key, {
    kind: 'dicom',
    state: 'indexed',
    recording: {
      modality: 'echo',
      format: 'dicom',
      facts: {},
      instance: { rows: 480, columns: 640, regions: [], marks: [] },
      tags: [['0028', '0010', '480']],
      ...more,
      ...(more.instance === undefined ? {} : { instance: { regions: [], marks: [], ...more.instance } }),
    },
  });

/** Scores of one recording, as the edge (no run) or a job writes them. */
export const scoresOf = (id: string, runId: string | null = null, model = 'm'): ScoredRecording => ({
  id,
  runId,
  modelName: model,
  modelVersion: '1',
  preprocessingHash: 'h',
  codeVersion: 'c',
  inputVersion: 'i',
  predictions: [
    { label: 'NORM', probability: 0.25, threshold: 0.5, positive: false },
    { label: 'MI', probability: 0.75, threshold: 0.5, positive: true },
  ],
});

export const newId = (): string => randomUUID();
