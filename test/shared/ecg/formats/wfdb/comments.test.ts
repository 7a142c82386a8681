import { describe, expect, it } from 'vitest';
import { readComments } from '../../../../../shared/ecg/formats/wfdb/comments.ts';

describe('readComments', () => {
  it.each([
    [['Age: 74', 'Sex: Male', 'Dx: RBBB'], { age: 74, sex: 'male', diagnoses: ['RBBB'] }],
    [
      [' Age: 78', ' Sex: F', ' Dx: 426783006, 251146004'],
      { age: 78, sex: 'female', diagnoses: ['426783006', '251146004'] },
    ],
    [['Dx: 284470004,89792004,,427172004'], { diagnoses: ['284470004', '89792004', '427172004'] }],
    [['Dx: AF,RBBB', 'Dx: AF'], { diagnoses: ['AF', 'RBBB'] }],
    [['Age: NaN', 'Sex: Unknown', 'Dx: Unknown', 'Sx: Unknows'], { diagnoses: [] }],
    [['Age: 300'], { diagnoses: [] }],
    [[' 69 M 1085 1629 x1', ' Aldomet, Inderal'], { age: 69, sex: 'male', diagnoses: [] }],
    [[' <age>: 28  <sex>: M  <Height>: 170'], { age: 28, sex: 'male', diagnoses: [] }],
    [['Produced by xform from record 100, beginning at 0:0'], { diagnoses: [] }],
  ])('%j', (comments, expected) => {
    expect(readComments(comments)).toEqual(expected);
  });
});
