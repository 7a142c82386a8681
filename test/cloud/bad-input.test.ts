import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../shared/catalog/overview.ts';
import { writeRecord } from '../../shared/ecg/formats/wfdb/write-record.ts';
import { generateEcg } from '../../shared/ecg/generator.ts';
import { type Reason, reasons } from '../../shared/errors.ts';
import { changed, syntaxes, ultrasoundFile } from '../shared/echo/ultrasound.ts';
import { TestCloud } from './embedded.ts';
import { generatedRecord } from './records.ts';

/** A patient's name as it stands in the files below, and nowhere else. */
const patient = 'Quijano^Alonso';
const surname = 'Quijano';

let cloud: TestCloud;
let good: Outcome[];

beforeAll(async () => {
  cloud = await TestCloud.open();
});
afterAll(() => cloud.close());

const record = (name: string, comments: readonly string[] = []) => {
  const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 2, seconds: 10 });
  return writeRecord(recording, { record: name, format: 16, container: 'dat', comments });
};
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

/** 200 kB of a deflated data set that become 200 MB: after a patient's name, private values of zeros. */
function bomb(): Uint8Array {
  const start = ultrasoundFile(changed({ tag: 0x00100010, vr: 'PN', value: patient }), syntaxes.deflated);
  const plain = Buffer.from(ultrasoundFile({}, syntaxes.explicit));
  // The meta information of the deflated file, then a stream of our own.
  const metaEnd = 144 + Buffer.from(start).readUInt32LE(140);
  const content = plain.subarray(plain.indexOf('DICM') + 4);
  // Pieces that end on a byte can be laid one after another.
  const piece = (bytes: Uint8Array) =>
    deflateRawSync(bytes, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const tenMegabytes = piece(Buffer.alloc(10 << 20));
  const pieces = [piece(content), ...Array<Buffer>(20).fill(tenMegabytes), deflateRawSync('')];
  return Buffer.concat([Buffer.from(start).subarray(0, metaEnd), ...pieces]);
}

/** A small JPEG: signature, header and no pixels to speak of. */
const jpeg = Buffer.concat([
  Buffer.from('ffd8ffe000104a464946', 'hex'),
  deflateSync(Buffer.alloc(3000, patient)),
]);
const zip = Buffer.concat([Buffer.from('504b0304', 'hex'), deflateSync(Buffer.from(patient.repeat(50)))]);

type Rotten = readonly [what: string, key: string, body: Uint8Array | string, reason: Reason];

function rottenFiles(): Rotten[] {
  const named = changed({ tag: 0x00100010, vr: 'PN', value: patient });
  const wrongNumber = { tag: 0x00280010, vr: 'US', value: [0] };
  const comments = [`Patient: ${patient}`];
  const files: Rotten[] = [
    ['an empty file', 'bad/empty.hea', '', 'empty'],
    ['a text file named .dcm', 'bad/letter.dcm', `Dear ${patient}, your scan ...\n`, 'unrecognised'],
    ['a picture', 'bad/photo.dcm', jpeg, 'unsupported_format'],
    ['an archive', 'bad/records.zip', zip, 'unsupported_format'],
    [
      'a DICOM whose rows are none',
      'bad/rows.dcm',
      ultrasoundFile({ ...named, ...changed(wrongNumber) }),
      'header_value',
    ],
    ['a DICOM cut off in its header', 'bad/cut.dcm', ultrasoundFile(named).subarray(0, 300), 'dicom_syntax'],
    ['200 kB that inflate to 200 MB', 'bad/bomb.dcm', bomb(), 'inflates_too_large'],
    [
      'a header that names a signal in another folder',
      'bad/outside.hea',
      `outside 1 500 5000\n../good/g0.dat 16 1000/mV 16 0 0 0 0 I\n# ${patient}\n`,
      'header_value',
    ],
    [
      'a header with a broken line',
      'bad/line.hea',
      `line 12 500 5000\nline.dat 16 x ${surname}\n`,
      'header_syntax',
    ],
    [
      'a header of several segments',
      'bad/many.hea',
      `many/2 12 500 10000\nmany_1 5000\nmany_2 5000\n# ${patient}\n`,
      'unsupported_format',
    ],
    [
      'a header of hours',
      'bad/long.hea',
      text(record('long').get('long.hea')!).replace(' 5000', ' 90000000'),
      'recording_too_long',
    ],
  ];
  const halves = (
    name: string,
    reason: Reason,
    change: (dat: Uint8Array, hea: string) => [Uint8Array, string],
  ) => {
    const both = record(name, comments);
    const [dat, hea] = change(both.get(`${name}.dat`)!, text(both.get(`${name}.hea`)!));
    files.push(
      ['its signal', `bad/${name}.dat`, dat, reason],
      [`${name}: ${reason}`, `bad/${name}.hea`, hea, reason],
    );
  };
  halves('short', 'signal_length', (dat, hea) => [dat.subarray(0, dat.length - 1), hea]);
  halves('longer', 'signal_length', (dat, hea) => [Buffer.concat([dat, Buffer.alloc(4096)]), hea]);
  halves('sum', 'signal_checksum', (dat, hea) => {
    const changedBytes = dat.slice();
    changedBytes[2400] = changedBytes[2400]! ^ 0xff;
    return [changedBytes, hea];
  });
  halves('leads', 'leads_missing', (dat, hea) => [dat, hea.replaceAll(/ (V[1-6]|aV[RLF]|I{1,3})$/gm, ' ?')]);
  return files;
}

describe('files that cannot be read', () => {
  let files: Rotten[];
  beforeAll(async () => {
    files = rottenFiles();
    const mixed: [string, Uint8Array | string][] = files.map(([, key, body]) => [key, body]);
    // One good recording between any two of them, so that every batch of messages holds both.
    for (let i = 0; i < 8; i += 1)
      for (const [name, body] of generatedRecord(`g${i}`, i))
        mixed.splice(Math.floor((i + 1) * (mixed.length / 9)), 0, [`good/${name}`, body]);
    await Promise.all(mixed.map(([key, body]) => cloud.put(key, body)));
    good = await cloud.until(
      'good/',
      (all) => all.length === 8 && all.every(({ state }) => state === 'scored'),
    );
  });

  it('leave all others alone', () => {
    expect(good).toHaveLength(8);
  });

  it('are refused with a reason, a row and a note, and are kept', async () => {
    const expected = files.filter(([what]) => what !== 'its signal');
    const refused = await cloud.until(
      'bad/',
      (all) => all.filter(({ state }) => state === 'rejected').length >= expected.length,
    );
    const notes = await cloud.eventually(async () => {
      const keys = await cloud.results('notes/bad/');
      return keys.length >= expected.length ? keys : undefined;
    });
    for (const [what, key, body, reason] of expected) {
      const row = refused.find((one) => one.key === key && one.state === 'rejected');
      expect(row?.reason, what).toBe(reason);
      const note = `notes/${key}@${row!.versionId}.json`;
      expect(notes).toContain(note);
      expect(JSON.parse(await cloud.resultText(note)), what).toMatchObject({
        bucket: cloud.target.names.bucket('uploads'),
        key,
        versionId: row!.versionId,
        state: 'rejected',
        reason,
        meaning: reasons[reason],
        kept: true,
      });
      const { bucket } = { bucket: cloud.target.names.bucket('uploads') };
      expect(await cloud.target.objects.size({ bucket, key })).toBe(Buffer.byteLength(body as Uint8Array));
    }
    // The signals are neither recordings nor refused themselves.
    expect(refused).toHaveLength(expected.length);
  });
});

describe('a DICOM file without preamble', () => {
  it('is indexed as any other', async () => {
    const named = changed({ tag: 0x00100010, vr: 'PN', value: patient });
    await cloud.put('bare/one', ultrasoundFile(named, syntaxes.implicit, { preamble: false }));
    const outcome = await cloud.outcomeOf('bare/one', 'ready', 'dispatched', 'scored');
    expect(outcome.modality).toBe('echo');
    const [row] = await cloud.query<{ marks: string[] }>(
      'select marks from echo.instances where recording_id = :id::uuid',
      { id: outcome.id },
    );
    expect(row!.marks).toContain('encoding_guessed');
  });
});

describe('a half of a record', () => {
  it('waits, is reported after a day, and is scored when the other half comes after all', async () => {
    const [first, second] = [record('left'), record('right')];
    await cloud.put('halves/left.hea', first.get('left.hea')!);
    await cloud.put('halves/right.dat', second.get('right.dat')!);
    const waiting = await cloud.until(
      'halves/',
      (all) => all.length === 2 && all.every(({ state }) => state === 'waiting'),
    );
    expect(waiting.map(({ reason }) => reason)).toEqual([null, null]);

    await cloud.query(
      `update catalog.recordings r set created_at = r.created_at - interval '24 hours 1 second'
       from catalog.objects o where o.id = r.object_id and starts_with(o.key, 'halves/')`,
    );
    await cloud.query(
      `update catalog.objects set received_at = received_at - interval '24 hours 1 second'
       where starts_with(key, 'halves/')`,
    );
    const reported = await cloud.until('halves/', (all) => all.every(({ state }) => state === 'rejected'));
    expect(reported.map(({ key, reason }) => [key, reason])).toEqual([
      ['halves/left.hea', 'half_absent'],
      ['halves/right.dat', 'half_absent'],
    ]);
    const notes = await cloud.eventually(async () => {
      const keys = await cloud.results('notes/halves/');
      return keys.length === 2 ? keys : undefined;
    });
    for (const note of notes) expect(await cloud.resultText(note)).toContain(reasons.half_absent);

    await cloud.put('halves/left.dat', first.get('left.dat')!);
    await cloud.put('halves/right.hea', second.get('right.hea')!);
    const scored = await cloud.until(
      'halves/',
      (all) => all.length === 2 && all.every(({ state }) => state === 'scored'),
    );
    expect(scored.map(({ reason }) => reason)).toEqual([null, null]);
  });
});

describe('what a file says of its patient', () => {
  it('is in no note, no row outside the raw tags, and no log', async () => {
    for (const key of await cloud.results('notes/')) {
      expect(await cloud.resultText(key)).not.toContain(surname);
    }
    const logs = join(cloud.folder, 'logs');
    const names = (await readdir(logs, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(names.length).toBeGreaterThan(0);
    for (const { parentPath, name } of names) {
      expect(await readFile(join(parentPath, name), 'utf8'), name).not.toContain(surname);
    }
    const [row] = await cloud.query<{ found: number }>(
      `select (select count(*) from catalog.objects o where o::text like :surname)
            + (select count(*) from catalog.recordings r where r::text like :surname) as found`,
      { surname: `%${surname}%` },
    );
    expect(row!.found).toBe(0);
  });
});
