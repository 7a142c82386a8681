import { describe, expect, it } from 'vitest';
import { noteOf } from '../../../cli/deployment/deployment-note.ts';
import { outputKey, readOutput } from '../../../shared/deployment/output-names.ts';

const given = { region: 'eu-central-1', settings: { stage: 'main' } };
const outputs = {
  'systole-main-data': {
    [outputKey('bucket', 'uploads')]: 'uploads-1',
    [outputKey('bucket', 'accessLogs')]: 'logs-1',
    [outputKey('queue', 'ingest')]: 'https://sqs/ingest',
    [outputKey('database', 'cluster')]: 'arn:cluster',
    [outputKey('database', 'secret')]: 'arn:secret',
    ExportsOutputRefUploads: 'left out',
  },
  'systole-main-compute': {
    [outputKey('jobQueue', 'gpu')]: 'arn:queue',
    [outputKey('jobDefinition', 'infer')]: 'systole-main-infer',
  },
};

describe('note of a deployment', () => {
  it('holds the names that the stacks put out, by the names of the description', () => {
    expect(noteOf(outputs, given)).toEqual({
      ...given,
      buckets: { uploads: 'uploads-1', accessLogs: 'logs-1' },
      queues: { ingest: 'https://sqs/ingest' },
      jobQueues: { gpu: 'arn:queue' },
      jobDefinitions: { infer: 'systole-main-infer' },
      clusterArn: 'arn:cluster',
      secretArn: 'arn:secret',
    });
  });

  it('is refused without a database', () => {
    expect(() => noteOf({}, given)).toThrow('clusterArn');
  });

  it('reads back every key that it makes', () => {
    for (const [kind, name] of [
      ['bucket', 'accessLogs'],
      ['jobQueue', 'cpu'],
      ['database', 'secret'],
    ] as const)
      expect(readOutput(outputKey(kind, name))).toEqual({ kind, name });
    expect(readOutput('bucketnamedX')).toBeUndefined();
  });
});
