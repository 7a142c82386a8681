import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../shared/echo/dicom/instance.ts';
import { geometryOf } from '../../../shared/echo/measurement/geometry.ts';
import { echoMeasurement } from '../../../shared/scoring/echo-measurement.ts';

/** The row of an instance of which nothing was measured. */
function unmeasured(header: { frameTime: number | null; cineRate: number | null }) {
  const instance = {
    rows: 600,
    columns: 800,
    heartRate: null,
    frameTimeVector: null,
    regions: [],
    studyInstanceUid: '1.2.3',
    ...header,
  } as unknown as Instance;
  return echoMeasurement({
    instance,
    geometry: geometryOf(instance),
    frames: [0],
    marks: [],
    view: null,
    reason: 'not_a_cine',
    measured: null,
    published: null,
    model: null,
    preprocessingHash: 'p',
  });
}

describe('the row of an instance that is not measured', () => {
  it('has no frame time that the header does not give', () => {
    expect(unmeasured({ frameTime: null, cineRate: null })).toMatchObject({
      frameTimeMs: null,
      defaults: [],
      reasons: ['not_a_cine'],
      calculations: [],
    });
  });

  it('says where its frame time is from', () => {
    expect(unmeasured({ frameTime: 25, cineRate: null })).toMatchObject({ frameTimeMs: 25, defaults: [] });
    expect(unmeasured({ frameTime: null, cineRate: 50 })).toMatchObject({
      frameTimeMs: 20,
      defaults: ['frame_time_from_rate'],
    });
  });
});
