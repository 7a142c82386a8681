import { type ProgramName, programs } from './description.ts';

const pattern = /^systole-([a-z]+)-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** A Batch job's name carries its program and run, so that events and consoles need no table. */
export const jobName = (program: ProgramName, runId: string): string => `systole-${program}-${runId}`;

/** @returns undefined for a job that is not Systole's */
export function parseJobName(name: string): { program: ProgramName; runId: string } | undefined {
  const match = pattern.exec(name);
  const program = match?.[1];
  if (match === null || program === undefined || !(program in programs)) return undefined;
  return { program: program as ProgramName, runId: match[2]! };
}
