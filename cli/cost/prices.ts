/**
 * List prices of AWS in US dollars, without tax, free tiers and discounts. The one place for them: change the date with
 * the numbers. Sources: the services' pricing pages, https://aws.amazon.com/pricing/.
 */
export const pricesAsOf = '2026-06';

export interface Prices {
  /** For a GB-second. */
  readonly lambda: { readonly arm64: number; readonly x64: number; readonly request: number };
  readonly sqsRequest: number;
  readonly s3: {
    readonly put: number;
    readonly get: number;
    /** For a GB and month. */
    readonly standard: number;
    readonly infrequent: number;
    readonly glacierInstant: number;
  };
  readonly aurora: {
    readonly capacityUnitHour: number;
    readonly gbMonth: number;
    readonly io: number;
    readonly dataApiRequest: number;
  };
  readonly keyMonth: number;
  readonly keyRequest: number;
  readonly secretMonth: number;
  readonly secretRequest: number;
  readonly logGb: number;
  readonly alarmMonth: number;
  readonly metricMonth: number;
  readonly traceSegment: number;
  readonly ecrGbMonth: number;
  readonly backupGbMonth: number;
  readonly publicAddressHour: number;
  /** An interface endpoint in one zone. */
  readonly endpointHour: number;
  readonly diskGbMonth: number;
  readonly buildMinute: number;
  /** On demand, for an hour. */
  readonly instances: {
    readonly 'g4dn.xlarge': number;
    readonly 'g5.xlarge': number;
    readonly 'g6.xlarge': number;
    readonly 'c6i.large': number;
    readonly 'p3.2xlarge': number;
    readonly 'db.t2.xlarge': number;
  };
}

const northVirginia: Prices = {
  lambda: { arm64: 0.0000133334, x64: 0.0000166667, request: 0.2e-6 },
  sqsRequest: 0.4e-6,
  s3: { put: 5e-6, get: 0.4e-6, standard: 0.023, infrequent: 0.0125, glacierInstant: 0.004 },
  aurora: { capacityUnitHour: 0.12, gbMonth: 0.1, io: 0.2e-6, dataApiRequest: 0.35e-6 },
  keyMonth: 1,
  keyRequest: 3e-6,
  secretMonth: 0.4,
  secretRequest: 5e-6,
  logGb: 0.5,
  alarmMonth: 0.1,
  metricMonth: 0.3,
  traceSegment: 5e-6,
  ecrGbMonth: 0.1,
  backupGbMonth: 0.021,
  publicAddressHour: 0.005,
  endpointHour: 0.01,
  diskGbMonth: 0.08,
  buildMinute: 0.01,
  instances: {
    'g4dn.xlarge': 0.526,
    'g5.xlarge': 1.006,
    'g6.xlarge': 0.8048,
    'c6i.large': 0.085,
    'p3.2xlarge': 3.06,
    'db.t2.xlarge': 0.29,
  },
};

/** Oregon's list is North Virginia's. A region whose prices nobody has entered is refused rather than guessed. */
export const pricesByRegion: Readonly<Record<string, Prices>> = {
  'us-east-1': northVirginia,
  'us-west-2': northVirginia,
};
