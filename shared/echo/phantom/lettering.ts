/** Letters of 5 x 7 dots: a digit in base 32 for each row, its highest bit at the left. */
const glyphs: Record<string, string> = {
  ' ': '0000000',
  '-': '000v000',
  '.': '00000cc',
  ':': '0cc0cc0',
  '/': '01248g0',
  '0': 'ehjlphe',
  '1': '4c4444e',
  '2': 'eh1248v',
  '3': 'v2421he',
  '4': '26aiv22',
  '5': 'vgu11he',
  '6': '68guhhe',
  '7': 'v124888',
  '8': 'ehhehhe',
  '9': 'ehhf12c',
  A: 'ehhvhhh',
  B: 'uhhuhhu',
  C: 'ehggghe',
  D: 'sihhhis',
  E: 'vgguggv',
  F: 'vgguggg',
  G: 'ehgnhhf',
  H: 'hhhvhhh',
  I: 'e44444e',
  J: '72222ic',
  K: 'hikokih',
  L: 'ggggggv',
  M: 'hrllhhh',
  N: 'hhpljhh',
  O: 'ehhhhhe',
  P: 'uhhuggg',
  Q: 'ehhhlid',
  R: 'uhhukih',
  S: 'fgge11u',
  T: 'v444444',
  U: 'hhhhhhe',
  V: 'hhhhha4',
  W: 'hhhllla',
  X: 'hha4ahh',
  Y: 'hhha444',
  Z: 'v1248gv',
};

const letterRows = 7;
const letterWidth = 6;

/** Writes a line of text into a picture; letters that are not known, and dots beyond the edges, are left out. */
export function letter(
  picture: Uint8Array,
  columns: number,
  text: string,
  place: { readonly row: number; readonly column: number; readonly size: number },
  grey = 220,
): void {
  for (const [index, sign] of [...text.toUpperCase()].entries())
    for (const [line, digit] of [...(glyphs[sign] ?? '')].entries())
      for (let dot = 0; dot < letterWidth - 1; dot++) {
        if (((Number.parseInt(digit, 32) >> (letterWidth - 2 - dot)) & 1) === 0) continue;
        const left = place.column + (index * letterWidth + dot) * place.size;
        for (let row = 0; row < place.size; row++) {
          const start = (place.row + line * place.size + row) * columns;
          for (let column = left; column < Math.min(columns, left + place.size); column++)
            if (start + column < picture.length) picture[start + column] = grey;
        }
      }
}

/** Rows that a line of text takes. */
export function letterHeight(size: number): number {
  return letterRows * size;
}
