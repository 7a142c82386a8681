import { describe, expect, it } from 'vitest';
import { ecgFindings } from '../../../../shared/ecg/findings.ts';
import { type GeneratedKind, generatedKinds, generateEcg } from '../../../../shared/ecg/generator.ts';
import type { Recording } from '../../../../shared/ecg/recording.ts';
import { Random } from '../../../../shared/random.ts';
import { changed, swaps, withLimbs } from './swap-electrodes.ts';

const kinds = Object.keys(generatedKinds) as GeneratedKind[];
const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 4 });

const marksOf = (whole: Recording) => ecgFindings(whole)!.quality.findings.map(({ mark }) => mark);

describe('recordingQuality', () => {
  it.each(kinds)('finds nothing wrong with generated %s', (kind) => {
    const { quality } = ecgFindings(generateEcg({ kind, seed: 2 }).recording)!;
    expect(quality.findings.filter(({ mark }) => mark !== 'left_arm_left_leg')).toEqual([]);
    expect(quality.verdict).toBe('good');
  });

  it('names swapped arms, right arm and left leg, and signals upside down', () => {
    expect(marksOf(swaps.right_arm_left_arm(recording))).toEqual(['right_arm_left_arm']);
    expect(marksOf(swaps.right_arm_left_leg(recording))).toEqual(['right_arm_left_leg']);
    expect(marksOf(swaps.left_arm_left_leg(recording))).toEqual(['left_arm_left_leg']);
    expect(marksOf(changed(recording, ({ gain }) => ({ gain: -gain })))).toEqual(['inverted']);
  });

  it('names an arm electrode on the right leg', () => {
    // Between the legs there is next to nothing: II with the right arm there, III with the left.
    const noise = new Random(3);
    const onRight = withLimbs(recording, (first, second) => [first - second, 4 * noise.normal()]);
    const onLeft = withLimbs(recording, (_, second) => [second + 4 * noise.normal(), second]);
    expect(marksOf(onRight)).toContain('right_leg');
    expect(marksOf(onLeft)).toContain('right_leg');
    expect(ecgFindings(onLeft)!.quality.verdict).toBe('doubtful');
  });

  it('names leads of which one is a copy of the other', () => {
    const { samples } = recording.leads[7]!;
    const { quality } = ecgFindings(changed(recording, ({ name }) => (name === 'V3' ? { samples } : {})))!;
    expect(quality.findings).toEqual([{ mark: 'doubled_leads', leads: ['V2', 'V3'] }]);
    expect(quality.verdict).toBe('doubtful');
  });

  it('names limb leads that do not follow from I and II', () => {
    const { quality } = ecgFindings(
      changed(recording, ({ name, gain }) => (name === 'aVF' ? { gain: gain / 3 } : {})),
    )!;
    expect(quality.findings).toEqual([{ mark: 'limb_leads_disagree', leads: ['aVF'] }]);
  });

  it('reads what has some leads off, and not what has more than half of them off', () => {
    const without = (off: readonly string[]) =>
      ecgFindings(
        changed(recording, ({ name, samples }) =>
          off.includes(name) ? { samples: samples.map(() => 3) } : {},
        ),
      )!.quality;
    expect(without(['V1', 'V2']).verdict).toBe('doubtful');
    expect(without(['V1', 'V2', 'V3', 'V4', 'V5', 'V6']).verdict).toBe('doubtful');
    const most = without(['I', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6']);
    expect(most.verdict).toBe('not_readable');
    expect(most.findings[0]).toEqual({
      mark: 'leads_unusable',
      leads: ['I', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'],
    });
  });

  it('does not read noise', () => {
    const random = new Random(7);
    const noise = changed(recording, ({ samples }) => ({
      samples: samples.map(() => 1000 * random.normal()),
    }));
    expect(ecgFindings(noise)!.quality.verdict).toBe('not_readable');
  });
});
