import type { BucketName, JobQueueName, ProgramName, QueueName } from './description.ts';

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
}

/** What `environmentOf` (description.ts) set for this process, read when it is asked for. */
export const environment = {
  bucket: (name: BucketName): string => variable(`SYSTOLE_BUCKET_${name.toUpperCase()}`),
  queueUrl: (name: QueueName): string => variable(`SYSTOLE_QUEUE_${name.toUpperCase()}`),
  jobQueue: (name: JobQueueName): string => variable(`SYSTOLE_JOB_QUEUE_${name.toUpperCase()}`),
  jobDefinition: (name: ProgramName): string => variable(`SYSTOLE_JOB_DEFINITION_${name.toUpperCase()}`),
  database: () => ({
    resourceArn: variable('SYSTOLE_CLUSTER_ARN'),
    secretArn: variable('SYSTOLE_SECRET_ARN'),
    database: variable('SYSTOLE_DATABASE'),
  }),
};
