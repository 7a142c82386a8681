/**
 * Which parameters take weight decay: all but the scale and shift of batch norms, which are the parameters that
 * have a `running_mean` beside them.
 * @param parameters the net's, looked at when an update asks (a net creates them when it is first run).
 */
export function exceptBatchNorm(parameters: { has(name: string): boolean }): (parameter: string) => boolean {
  return (parameter) => !parameters.has(`${parameter.slice(0, parameter.lastIndexOf('.') + 1)}running_mean`);
}
