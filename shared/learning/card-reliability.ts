import { type ReliabilitySeries, reliabilityChart } from '../reports/charts/reliability-chart.ts';
import type { Card } from './card.ts';
import type { ReliabilityBin } from './metrics/reliability-bins.ts';

/** Name of the picture in a model's folder. */
export const reliabilityFile = 'reliability.svg';

/** The reliability diagram of a card, all classes together, before and after calibration; undefined without one. */
export function cardReliability({ name, version, evaluation }: Card): string | undefined {
  const calibration = evaluation?.calibration;
  if (calibration === undefined) return undefined;
  const series = (['before', 'after'] as const).map((moment): ReliabilitySeries => {
    const error = calibration.calibrationError[moment].value!;
    return {
      name: `${moment} calibration`,
      figure: `ECE ${error.toFixed(3)}`,
      bins: together(calibration.classes.map((one) => one[moment].bins)),
    };
  });
  return reliabilityChart({
    title: `${name} ${version}: reliability`,
    description: `Observed share against predicted probability, all classes together; ${series.map((one) => `${one.name} ${one.figure}`).join(', ')}.`,
    series,
  });
}

/** The bins of several classes by their tenth. */
function together(classes: readonly (readonly ReliabilityBin[])[]): ReliabilityBin[] {
  const tenths = new Map<number, ReliabilityBin>();
  for (const { predicted, observed, count } of classes.flat()) {
    const tenth = Math.min(9, Math.floor(predicted * 10));
    const before = tenths.get(tenth) ?? { predicted: 0, observed: 0, count: 0 };
    const sum = before.count + count;
    tenths.set(tenth, {
      predicted: (before.predicted * before.count + predicted * count) / sum,
      observed: (before.observed * before.count + observed * count) / sum,
      count: sum,
    });
  }
  return [...tenths.entries()].sort(([a], [b]) => a - b).map(([, bin]) => bin);
}
