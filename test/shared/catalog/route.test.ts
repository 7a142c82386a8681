import { describe, expect, it } from 'vitest';
import { edgeBacklogLimit, edgeEnsembleLimit, route } from '../../../shared/catalog/route.ts';

describe('route', () => {
  it('gives single ECGs to the edge', () => {
    expect(route('ecg', 1, 1)).toBe('edge');
    expect(route('ecg', edgeBacklogLimit, edgeEnsembleLimit)).toBe('edge');
  });

  it('gives backlogs, large ensembles and echo to Batch', () => {
    expect(route('ecg', edgeBacklogLimit + 1, 1)).toBe('batch');
    expect(route('ecg', 1, edgeEnsembleLimit + 1)).toBe('batch');
    expect(route('echo', 1, 1)).toBe('batch');
  });
});
