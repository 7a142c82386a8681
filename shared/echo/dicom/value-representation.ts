/**
 * The value representations of implicit little endian, where the file does not write them: the tags of PS3.6 groups
 * 0008, 0010, 0018, 0020 and 0028 that hold binary numbers, left out those that only computed tomography and magnetic
 * resonance use. Where PS3.6 leaves the choice between US and SS, US. Every other tag is text or, where its value
 * starts with an item, a sequence.
 */
const binaryTags: Record<string, string> = {
  AT: '00205000 00209165 00209167 00280009 0028000a',
  FD: `00081163 00082134 00181271 00186028 0018602a 0018602c 0018602e 00186034 00186036 00186054 00189801 00189805
    00189945 00189946 00209153 00209251 00209301 00209302 00209308 00209309 0020930a 0020930d`,
  FL: '00089459 00180013 00181320 0018605a 00186060 00187036 00187038 00209154 00209155 00289478',
  OF: '00181638',
  OW: '00281201 00281202 00281203 00281204 00281221 00281222 00281223 00281224 00283006',
  SL: '00186020 00186022 00186039 0018603b 0018603d 0018603f 00186041 00186043',
  SS: '00281041',
  UL: `00081161 00081162 0018106e 00186016 00186018 0018601a 0018601c 0018601e 00186030 00186032 00186038 0018603a
    0018603c 0018603e 00186040 00186042 00186046 00186048 0018604a 00186050 00186052 00186056 00186058 00209057
    00209128 00209157 00209228 00289001 00289002`,
  US: `00081196 00081197 00181244 00181310 00181622 00181623 00181624 00186012 00186014 00186024 00186026 00186044
    0018604c 0018604e 00186070 00189810 00209156 00209162 00209163 00280002 00280003 00280005 00280006 00280010
    00280011 00280014 00280100 00280101 00280102 00280103 00280106 00280107 00280108 00280109 00280120 00280121
    00281101 00281102 00281103 00283002 00286010 00286020 00286040`,
};

const representations = new Map<number, string>();
for (const [vr, tags] of Object.entries(binaryTags))
  for (const tag of tags.split(/\s+/)) representations.set(Number.parseInt(tag, 16), vr);

/** The value representation of a tag in a data set that does not write it; `UN` when it is not one of the binary ones. */
export function implicitRepresentation(tag: number): string {
  if ((tag & 0xffff) === 0) return 'UL';
  return representations.get(tag) ?? 'UN';
}

/** Explicit representations with a 32-bit length after two reserved bytes (PS3.5 7.1.2). */
export const longRepresentations: ReadonlySet<string> = new Set(
  'OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '),
);

/** The representations of PS3.5 table 6.2-1. */
export const knownRepresentations: ReadonlySet<string> = new Set([
  ...longRepresentations,
  ...'AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US'.split(' '),
]);
