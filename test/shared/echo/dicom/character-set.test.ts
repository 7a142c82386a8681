import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../../shared/echo/dicom/character-set.ts';
import { hex } from '../ultrasound.ts';

describe('decodeText', () => {
  // The examples of PS3.5 annexes H, I, J and K, byte by byte.
  it.each([
    [
      'H.3.1',
      ['', 'ISO 2022 IR 87'],
      '59616D6164615E5461726F753D1B2442 3B334544 1B2842 5E 1B2442 42404F3A 1B2842 3D 1B2442 2464245E2440 1B2842 5E 1B2442 243F246D2426 1B2842',
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
    ],
    [
      'H.3.2',
      ['ISO 2022 IR 13', 'ISO 2022 IR 87'],
      'D4CFC0DE5EC0DBB33D 1B2442 3B334544 1B284A 5E 1B2442 42404F3A 1B284A',
      'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎',
    ],
    [
      'I.2',
      ['', 'ISO 2022 IR 149'],
      '486F6E675E47696C646F6E673D 1B242943 FBF3 5E 1B242943 D1CED4D7',
      'Hong^Gildong=洪^吉洞',
    ],
    ['J.1', ['ISO_IR 192'], '57616E675E5869616F446F6E673D E78E8B5EE5B08FE4B89C', 'Wang^XiaoDong=王^小东'],
    ['J.2', ['GB18030'], '57616E675E5869616F446F6E673D CDF55ED0A1B6AB', 'Wang^XiaoDong=王^小东'],
    [
      'K.2',
      ['', 'ISO 2022 IR 58'],
      '5A68616E675E5869616F446F6E673D 1B242941 D5C5 5E 1B242941 D0A1B6AB',
      'Zhang^XiaoDong=张^小东',
    ],
    ['Latin 1', ['ISO_IR 100'], '4275635E4AE972F46D65', 'Buc^Jérôme'],
    ['Latin 2 by escape', ['', 'ISO 2022 IR 101'], '1B2D42 B1', 'ą'],
    ['Greek', ['ISO_IR 126'], 'C4E9EFEDF5F3E9EFF2', 'Διονυσιος'],
  ] as [string, string[], string, string][])('decodes %s', (_, terms, bytes, text) => {
    expect(decodeText(hex(bytes), terms)).toBe(text);
  });

  it('never throws, whatever the bytes and the terms', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (const term of ['ISO_IR 192', 'ISO 2022 IR 87', 'GB18030', 'nonsense', '']) {
      expect(decodeText(bytes, [term, term]).length).toBeGreaterThan(0);
      expect(decodeText(hex('1B2442 21 1B'), [term])).toBeTypeOf('string');
    }
  });
});
