import { secondsOf } from '../../shared/catalog/pack.ts';

/** What an estimate supposes beside the prices. Each is printed under the estimate. */
export const assumptions = {
  daysPerMonth: 30.4,
  hoursPerMonth: 730,
  /** Hours of a day over which files come. */
  hoursOfTheDay: 10,
  ecg: { files: 2, uploadMb: 0.15, pageMb: 0.3, edgeSeconds: 0.25 },
  echo: { uploadMb: 20, derivedMb: 2, gpuSeconds: secondsOf.echo, cpuSeconds: secondsOf.echo / 2 },
  /** Seconds of an invocation beside the work on its messages, and of looking at one file. */
  ingestSeconds: 0.25,
  ingestSecondsPerFile: 0.05,
  /** Data API calls of an invocation of ingest, and of score. */
  callsPerInvocation: 3,
  /** The database stays up so long after the last call before it pauses, and has this capacity meanwhile. */
  databaseTailHours: 6 / 60,
  databaseUnits: 0.5,
  /** Spot instances, as a share of the price on demand. It moves by the hour. */
  spotShare: 0.45,
  /** Part of instance time that is start and shutdown rather than work, for packs of four minutes. */
  hostOverhead: 0.5,
  logMbPerThousandInvocations: 1,
  imageGb: 5,
  databaseGb: 1,
} as const;

/** In words, for people. */
export const assumptionTexts: readonly string[] = [
  `an ECG is ${assumptions.ecg.files} files of together ${assumptions.ecg.uploadMb} MB, its page ${assumptions.ecg.pageMb} MB; the score function takes ${assumptions.ecg.edgeSeconds} s for it`,
  `an echo cine is ${assumptions.echo.uploadMb} MB and takes ${assumptions.echo.gpuSeconds} s of a GPU and ${assumptions.echo.cpuSeconds} s of a processor, plus ${assumptions.hostOverhead * 100} % for hosts that start and stop`,
  `files come one by one over ${assumptions.hoursOfTheDay} hours of a day; the database pauses ${assumptions.databaseTailHours * 60} minutes after the last`,
  `spot instances at ${assumptions.spotShare * 100} % of the price on demand`,
  'storage is that of the files of one month; it adds up until files move to colder classes (60 and 180 days)',
  'without tax, free tiers, discounts and transfer to the internet',
];
