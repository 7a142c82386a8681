import { describe, expect, it } from 'vitest';
import { isText, knownElsewhere, looksLikeExperiment } from '../../../lambdas/ingest/other-content.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('knownElsewhere', () => {
  it.each([
    ['JPEG', '\xff\xd8\xff\xe0'],
    ['GIF', 'GIF89a'],
    ['PDF', '%PDF-1.4'],
    ['ZIP', 'PK\x03\x04'],
    ['gzip', '\x1f\x8b\x08'],
    ['bzip2', 'BZh9'],
    ['xz', '\xfd7zXZ\x00'],
    ['ELF', '\x7fELF'],
    ['PE', 'MZ\x90\x00'],
  ])('knows %s by its beginning, and not when it is cut', (_, text) => {
    expect(knownElsewhere(bytes(text))).toBe(true);
    expect(knownElsewhere(bytes(text.slice(0, 2)))).toBe(false);
    expect(knownElsewhere(bytes(`x${text}`))).toBe(false);
  });
});

describe('isText', () => {
  it('is what holds no control character but white space', () => {
    expect(isText(bytes('a\tb\r\nc\f'))).toBe(true);
    expect(isText(Buffer.from('ü心'))).toBe(true);
    for (const control of ['\0', '\x07', '\x1b']) expect(isText(bytes(`a${control}`))).toBe(false);
  });
});

describe('looksLikeExperiment', () => {
  it('wants a net and one more key of an experiment, outermost', () => {
    expect(looksLikeExperiment(bytes('name: a\nnet: { name: dsail }\nclasses: [A]\n'))).toBe(true);
    expect(looksLikeExperiment(bytes('name: a\nnet: 1\n'))).toBe(false);
    expect(looksLikeExperiment(bytes('services:\n  net: 1\n  classes: 2\n'))).toBe(false);
    expect(looksLikeExperiment(bytes('net: \0\nclasses: 1\n'))).toBe(false);
  });
});
