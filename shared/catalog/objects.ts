import type { LabelledRecord } from '../ecg/formats/label-csv.ts';
import type { Reason } from '../errors.ts';
import type { Database } from './database.ts';
import { sqlStateOf } from './failures.ts';

/** What an examined file turned out to be. */
export type ObjectKind =
  | 'wfdb-header'
  | 'mat4'
  | 'opaque'
  | 'dicom'
  | 'pe-xml'
  | 'labels'
  | 'xcelera'
  | 'picture'
  | 'picture-table'
  | 'experiment'
  | 'foreign'
  | 'unknown';

/** A signal file that a header names: its key and the lengths that agree with the header. */
export interface WantedSignal {
  readonly key: string;
  readonly minimumBytes?: number;
  readonly maximumBytes?: number;
}

/** A recording found in a file; one with a `reason` is indexed and not scored. */
export interface FoundRecording {
  readonly modality: 'ecg' | 'echo';
  readonly format: 'wfdb' | 'pe-xml' | 'dicom';
  readonly facts: Readonly<Record<string, unknown>>;
  readonly reason?: Reason;
  readonly detail?: string;
  readonly signals?: readonly WantedSignal[];
  /** Columns of echo.instances. */
  readonly instance?: Readonly<Record<string, unknown>>;
  /** Rows of raw.metadata: [tag1, tag2, value]. */
  readonly tags?: readonly (readonly [string, string, string])[];
}

/** One uploaded object version, as S3's notification names it. */
export interface UploadedObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly sequencer: string;
  readonly size: number;
  readonly etag: string;
}

/** All that ingest says about one object version. */
export interface Finding extends UploadedObject {
  readonly kind: ObjectKind;
  /** `waiting`: for a header to name it; `indexed`: understood; `rejected`: with a reason. */
  readonly state: 'waiting' | 'indexed' | 'rejected';
  readonly reason?: Reason;
  readonly detail?: string;
  readonly recording?: FoundRecording;
  readonly experiment?: { readonly name: string } & Readonly<Record<string, unknown>>;
  /** The rows of a label table, which are stored once it is indexed (`storeLabels`). */
  readonly labels?: readonly LabelledRecord[];
}

/** Where the bytes of a recording are. */
export interface RecordingSource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly signals: readonly { readonly key: string; readonly versionId: string }[] | null;
}

/** What became of one object, and of one recording that it belongs to (if any). */
export interface Indexed {
  readonly bucket: string;
  readonly key: string;
  readonly version_id: string;
  readonly kind: ObjectKind;
  readonly state: 'waiting' | 'indexed' | 'duplicate' | 'rejected';
  readonly reason: Reason | null;
  readonly detail: string | null;
  readonly recording_id: string | null;
  readonly modality: 'ecg' | 'echo' | null;
  readonly recording_state: RecordingState | null;
  readonly recording_reason: Reason | null;
  readonly recording_detail: string | null;
  readonly source: RecordingSource | null;
}

export type RecordingState =
  | 'received'
  | 'waiting'
  | 'ready'
  | 'dispatched'
  | 'scored'
  | 'rejected'
  | 'failed';

/** Bytes of findings that one statement takes: the Data API refuses requests above 4 MiB and answers above 1 MiB. */
const statementBytes = 512 << 10;

/** Bytes of one finding at most: a header with tens of thousands of tags does not fit into a request. */
const findingBytes = 3 << 20;

/**
 * A finding as the statement takes it, without the NULs that a broken file may hold inside a text: PostgreSQL takes none,
 * and one such file would stop all that come with it.
 */
export function findingJson({ labels: _, ...finding }: Finding): string {
  const text = JSON.stringify(finding);
  if (Buffer.byteLength(text) > findingBytes)
    return JSON.stringify(refusal(finding, 'file_too_large', 'Its header has too many tags.'));
  if (!text.includes('\\u0000')) return text;
  return JSON.stringify(finding, (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '') : value,
  );
}

/** The same object as one that is refused. */
function refusal(finding: Finding, reason: Reason, detail: string): Finding {
  const { bucket, key, versionId, sequencer, size, etag, kind } = finding;
  return { bucket, key, versionId, sequencer, size, etag, kind, state: 'rejected', reason, detail };
}

/**
 * Indexes what was found, in as few statements as the Data API's limits allow; each is atomic and may be repeated
 * (migration 003). A finding with a value that the database cannot hold is refused and costs no other one anything.
 */
export async function indexObjects(database: Database, findings: readonly Finding[]): Promise<Indexed[]> {
  const indexed: Indexed[] = [];
  let group: Entry[] = [];
  let bytes = 0;
  for (const finding of findings) {
    const text = findingJson(finding);
    if (bytes + text.length > statementBytes && group.length > 0) {
      indexed.push(...(await indexGroup(database, group)));
      group = [];
      bytes = 0;
    }
    group.push({ finding, text });
    bytes += text.length;
  }
  if (group.length > 0) indexed.push(...(await indexGroup(database, group)));
  return indexed;
}

interface Entry {
  readonly finding: Finding;
  readonly text: string;
}

async function indexGroup(database: Database, group: readonly Entry[]): Promise<Indexed[]> {
  try {
    return await database.query<Indexed>('select * from catalog.index_objects(:findings::jsonb)', {
      findings: `[${group.map(({ text }) => text).join(',')}]`,
    });
  } catch (error) {
    // Class 22 is data exceptions: an integer out of range, a text that is none.
    if (sqlStateOf(error)?.startsWith('22') !== true) throw error;
    if (group.length > 1) {
      const indexed: Indexed[] = [];
      for (const entry of group) indexed.push(...(await indexGroup(database, [entry])));
      return indexed;
    }
    const { finding } = group[0]!;
    if (finding.recording === undefined) throw error;
    const refused = refusal(finding, 'header_value', 'A value does not fit into the catalog.');
    return indexGroup(database, [{ finding: refused, text: JSON.stringify(refused) }]);
  }
}
