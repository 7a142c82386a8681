/**
 * One 8-bit grey frame as a DICOM RLE fragment (PS3.5 annex G): a header of sixteen numbers that names one segment, and
 * the frame in PackBits, row by row.
 */
export function encodeRle(frame: Uint8Array, columns: number): Uint8Array {
  // PackBits grows by one byte in 128 at worst, and each row starts anew.
  const coded = new Uint8Array(64 + frame.length + Math.ceil(frame.length / columns) * (columns / 128 + 2));
  const header = new DataView(coded.buffer);
  header.setUint32(0, 1, true);
  header.setUint32(4, 64, true);
  let at = 64;
  for (let start = 0; start < frame.length; start += columns) {
    const end = Math.min(frame.length, start + columns);
    for (let i = start; i < end; ) {
      let run = 1;
      while (i + run < end && run < 128 && frame[i + run] === frame[i]) run++;
      if (run > 1) {
        coded[at++] = 257 - run;
        coded[at++] = frame[i]!;
        i += run;
        continue;
      }
      // Literal bytes up to where three alike begin: a shorter run costs more than it saves.
      let literal = 1;
      while (i + literal < end && literal < 128 && !areAlike(frame, i + literal, end)) literal++;
      coded[at++] = literal - 1;
      coded.set(frame.subarray(i, i + literal), at);
      at += literal;
      i += literal;
    }
  }
  return coded.slice(0, at + (at % 2));
}

function areAlike(frame: Uint8Array, at: number, end: number): boolean {
  return at + 2 < end && frame[at] === frame[at + 1] && frame[at] === frame[at + 2];
}
