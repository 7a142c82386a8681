import type { Engine } from '../../../shared/engine/engine.ts';
import { buildNet } from '../../../shared/nets/build-net.ts';
import { netSchema } from '../../../shared/nets/configuration.ts';
import { type NamedTensor, namedValues, relativeError } from '../../reference.ts';
import { channelsLast, forwardWith } from './forward.ts';

export interface PeReference {
  readonly params: readonly NamedTensor[];
  readonly input: NamedTensor;
  readonly logits: { readonly shape: readonly number[]; readonly values: readonly number[] };
  readonly logitsPublished?: { readonly values: readonly number[] };
}

/** The largest error of the logits, relative to the largest of the published ones. */
export async function peError(
  engine: Engine,
  { params, input, logits }: PeReference,
  configuration: object,
): Promise<number> {
  const net = buildNet(netSchema.parse(configuration), logits.shape[1]!);
  const x = channelsLast(namedValues(input), input.shape);
  if (`${x.shape.slice(1)}` !== `${net.input.shape.slice(1)}`)
    throw new Error(`The net takes [${net.input.shape}].`);
  const answer = await forwardWith(engine, params, (pass, inputs) => net.forward(pass, inputs.x!), { x });
  return relativeError(answer.data, logits.values);
}
