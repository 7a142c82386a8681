/** The figures that are watched. They count and measure; none has a dimension that comes out of a file. */
export const metrics = {
  FilesIn: 'Count',
  FilesRejected: 'Count',
  RecordingsScored: 'Count',
  RecordingsRejected: 'Count',
  /** Given up after failing again and again for a reason outside the file. */
  RecordingsFailed: 'Count',
  RecordingsWaiting: 'Count',
  /** From the first sight of the upload to the rows of its scores. */
  SecondsToScore: 'Seconds',
  GpuSeconds: 'Seconds',
} as const;

export type MetricName = keyof typeof metrics;

export const metricNamespace = 'Systole';
export const metricDimension = 'Stage';

/** Values of one metric in one line, by CloudWatch's limit. */
const mostValues = 100;

/**
 * Writes figures to the log in CloudWatch's embedded metric format, from which CloudWatch makes metrics by itself; on one
 * machine they are lines of the log.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emitMetrics(values: Partial<Record<MetricName, number | readonly number[]>>): void {
  const given = Object.entries(values).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  const lines = Math.max(
    1,
    ...given.map(([, value]) => (Array.isArray(value) ? Math.ceil(value.length / mostValues) : 1)),
  );
  for (let line = 0; line < lines; line++) {
    const part = given.flatMap(([name, value]): [string, number | readonly number[]][] => {
      if (!Array.isArray(value)) return line === 0 ? [[name, value as number]] : [];
      const some = value.slice(line * mostValues, (line + 1) * mostValues);
      return some.length > 0 ? [[name, some]] : [];
    });
    const definition = {
      Namespace: metricNamespace,
      Dimensions: [[metricDimension]],
      Metrics: part.map(([Name]) => ({ Name, Unit: metrics[Name as MetricName] })),
    };
    process.stdout.write(
      `${JSON.stringify({
        _aws: { Timestamp: Date.now(), CloudWatchMetrics: [definition] },
        [metricDimension]: process.env.SYSTOLE_STAGE,
        ...Object.fromEntries(part),
      })}\n`,
    );
  }
}
