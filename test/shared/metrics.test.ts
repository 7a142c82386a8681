import { afterEach, expect, it, vi } from 'vitest';
import { emitMetrics, metrics } from '../../shared/metrics.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

type Line = {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: {
      Namespace: string;
      Dimensions: string[][];
      Metrics: { Name: string; Unit: string }[];
    }[];
  };
} & Record<string, unknown>;

function emitted(values: Parameters<typeof emitMetrics>[0]): Line[] {
  vi.stubEnv('SYSTOLE_STAGE', 'test');
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  emitMetrics(values);
  return write.mock.calls.map(([line]) => JSON.parse(String(line)) as Line);
}

it('writes one line in the embedded metric format, with the stage as its only dimension', () => {
  const [line, ...more] = emitted({ FilesIn: 3, FilesRejected: 0 });
  expect(more).toEqual([]);
  expect(line).toMatchObject({ Stage: 'test', FilesIn: 3, FilesRejected: 0 });
  expect(line!._aws.CloudWatchMetrics).toEqual([
    {
      Namespace: 'Systole',
      Dimensions: [['Stage']],
      Metrics: [
        { Name: 'FilesIn', Unit: 'Count' },
        { Name: 'FilesRejected', Unit: 'Count' },
      ],
    },
  ]);
});

it('cuts lists at the hundred values that CloudWatch takes, and says single values once', () => {
  const seconds = Array.from({ length: 250 }, (_, index) => index);
  const lines = emitted({ RecordingsScored: 250, SecondsToScore: seconds });
  expect(lines.flatMap(({ SecondsToScore }) => SecondsToScore)).toEqual(seconds);
  expect(lines.map(({ RecordingsScored }) => RecordingsScored)).toEqual([250, undefined, undefined]);
  for (const line of lines)
    for (const { Name, Unit } of line._aws.CloudWatchMetrics[0]!.Metrics) {
      expect(line).toHaveProperty(Name);
      expect(Unit).toBe(metrics[Name as keyof typeof metrics]);
    }
});

it('leaves out a list without values', () => {
  const [line] = emitted({ RecordingsScored: 0, SecondsToScore: [] });
  expect(line).not.toHaveProperty('SecondsToScore');
});
