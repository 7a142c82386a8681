/**
 * Which parameters take weight decay: all but the scale and shift of batch norms, which are the parameters that
 * have a `running_mean` beside them.
 */
export function exceptBatchNorm(parameters: Iterable<string>): (parameter: string) => boolean {
  const norms = new Set<string>();
  for (const name of parameters) {
    if (name.endsWith('running_mean')) norms.add(name.slice(0, -'running_mean'.length));
  }
  return (parameter) => !norms.has(parameter.slice(0, parameter.lastIndexOf('.') + 1));
}
