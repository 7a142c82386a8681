import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import type { FirstFrame } from '../../../shared/echo/frames/first-frame.ts';
import { blankOutside, pictureArea } from '../../../shared/echo/frames/picture-area.ts';
import { echoPage } from '../../../shared/reports/echo-page.ts';
import { allFrames, changed, read, ultrasoundFile } from '../echo/ultrasound.ts';

const columns = 60;
const rows = 40;
const recordingId = '11111111-2222-4333-8444-555555555555';

/** A cine of one region with a name in the file and, in white, in the upper left of its picture. */
function cine(): Uint8Array {
  const grey = new Uint8Array(rows * columns * 2).fill(100);
  grey.fill(255, 0, columns * 5);
  const us = (tag: number, value: number) => ({ tag, vr: 'US', value: [value] });
  const ul = (tag: number, value: number) => ({ tag, vr: 'UL', value: [value] });
  return ultrasoundFile(
    changed(
      { tag: 0x00081090, vr: 'LO', value: 'X<script>1' },
      { tag: 0x00100020, vr: 'LO', value: 'PATIENT-77' },
      { tag: 0x0008002a, vr: 'DT', value: '20190124114254' },
      us(0x00280010, rows),
      us(0x00280011, columns),
      {
        tag: 0x00186011,
        vr: 'SQ',
        value: {
          items: [
            [
              us(0x00186012, 1),
              ul(0x00186018, 10),
              ul(0x0018601a, 10),
              ul(0x0018601c, 50),
              ul(0x0018601e, 35),
              us(0x00186024, 3),
              us(0x00186026, 3),
              { tag: 0x0018602c, vr: 'FD', value: [0.1] },
              { tag: 0x0018602e, vr: 'FD', value: [0.1] },
            ],
          ],
        },
      },
      { tag: 0x7fe00010, vr: 'OB', value: grey },
    ),
  );
}

/** The cine's instance, and its first frame as preprocessing leaves it. */
async function prepared() {
  const { instance } = await read(cine());
  const grey = Uint8Array.from((await allFrames(cine())).frames[0]!);
  const area = pictureArea(instance, grey);
  blankOutside(grey, area);
  const frame: FirstFrame = { grey, area: area.from };
  return { instance, frame };
}

describe('echoPage', () => {
  it('shows the first frame, blanked outside its regions', async () => {
    const { instance, frame } = await prepared();
    const html = echoPage({ recordingId, instance, frame, marks: instance.marks });
    const [, encoded] = /data:image\/png;base64,([^"]+)"/.exec(html) ?? [];
    const png = PNG.sync.read(Buffer.from(encoded!, 'base64'));
    expect([png.width, png.height]).toEqual([columns, rows]);
    const pixel = (row: number, column: number) => png.data[4 * (row * columns + column)];
    expect(pixel(2, 5)).toBe(0);
    expect(pixel(20, 30)).toBe(100);
    expect(html).toContain('1 cm</text>');
  });

  it('says what was read, and nothing of the patient', async () => {
    const { instance, frame } = await prepared();
    const html = echoPage({ recordingId, instance, frame, marks: instance.marks });
    for (const text of [
      '60 × 40 pixels',
      'Explicit VR Little Endian',
      '25 a second, from Frame Time',
      recordingId,
      'Not a medical device',
    ])
      expect(html).toContain(text);
    for (const hidden of ['Doe', 'Jane', 'PATIENT-77', '20190124', '1.2.3'])
      expect(html).not.toContain(hidden);
    expect(html).toContain('X&lt;script&gt;1');
    expect(html).not.toContain('<script');
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
  });

  it('begins with the results, and says what was wrong', async () => {
    const { instance, frame } = await prepared();
    const results = [{ heading: 'View', html: '<p>a4c</p>' }];
    const html = echoPage({ recordingId, instance, frame, marks: ['frames_fewer'], results });
    const places = ['<p>a4c</p>', 'First frame', 'What was read'].map((text) => html.indexOf(text));
    expect(places[0]).toBeGreaterThan(0);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(html).toContain('fewer frames than Number of Frames says');
  });

  it('shows an instance that is not scored with its reason', async () => {
    const { instance } = await read(ultrasoundFile({ 2145386512: undefined }));
    const html = echoPage({ recordingId, instance, marks: [] });
    expect(html).toContain('The pixel data cannot be decoded');
  });
});
