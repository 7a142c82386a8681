import { assumptions } from '../../cli/cost/assumptions.ts';
import type { Prices } from '../../cli/cost/prices.ts';
import { functions } from '../../shared/deployment/description.ts';
import type { Result } from './simulation.ts';

/** US dollars of what a simulation used, without storage and the idle month. */
export function priceOf(result: Result, prices: Prices): number {
  const { ingest, byEdge, byBatch } = result;
  const a = assumptions;
  const gbSeconds = (name: 'ingest' | 'score', seconds: number) =>
    seconds * (functions[name].memory / 1024) * prices.lambda[functions[name].architecture];
  const scores = byEdge / functions.score.sources[0]!.batchSize;
  const calls = (ingest.invocations + scores) * a.callsPerInvocation;
  const pages = byEdge + byBatch;
  return [
    gbSeconds('ingest', ingest.invocations * a.ingestSeconds + ingest.files * a.ingestSecondsPerFile),
    gbSeconds('score', byEdge * a.ecg.edgeSeconds),
    (ingest.invocations + scores) * prices.lambda.request,
    (ingest.files + byEdge + 2 * (ingest.invocations + scores)) * prices.sqsRequest,
    calls * prices.aurora.dataApiRequest,
    (ingest.files + pages) * prices.s3.put + 3 * ingest.files * prices.s3.get,
    // One unit while it is awake.
    (result.databaseSeconds / 3600) * prices.aurora.capacityUnitHour,
    hostPrice(result.hosts.gpu, prices.instances['g4dn.xlarge']),
    hostPrice(result.hosts.cpu, prices.instances['c6i.large']),
  ].reduce((sum, part) => sum + part, 0);
}

const hostPrice = (paid: { readonly spot: number; readonly onDemand: number }, hour: number): number =>
  ((paid.spot * assumptions.spotShare + paid.onDemand) / 3600) * hour;
