import type { Job } from './job.ts';

/** Who waits for whom among jobs and children of array jobs. */
export class Dependencies {
  readonly #find: (id: string) => Job | undefined;
  readonly #dependents = new Map<Job, Job[]>();

  constructor(find: (id: string) => Job | undefined) {
    this.#find = find;
  }

  /** Has a plain job or a child wait for what it depends on and has not succeeded yet. */
  add(job: Job): 'waiting' | 'satisfied' | 'failed' {
    const awaited = this.#awaited(job);
    if (awaited.some(({ state }) => state.status === 'FAILED')) return 'failed';
    job.waitingFor = awaited.length;
    for (const other of awaited) {
      const dependents = this.#dependents.get(other);
      if (dependents) dependents.push(job);
      else this.#dependents.set(other, [job]);
    }
    return awaited.length === 0 ? 'satisfied' : 'waiting';
  }

  /** Those who waited for a job that has finished. */
  settle(finished: Job): readonly Job[] {
    const dependents = this.#dependents.get(finished) ?? [];
    this.#dependents.delete(finished);
    for (const dependent of dependents) dependent.waitingFor -= 1;
    return dependents;
  }

  #awaited(job: Job): Job[] {
    return job.specification.dependsOn.flatMap(({ jobId, type }) => {
      let other: Job | undefined;
      if (type === 'SEQUENTIAL') other = job.parent?.children?.[job.index! - 1];
      else if (type === 'N_TO_N') other = this.#find(jobId!)?.children?.[job.index!];
      else other = this.#find(jobId!);
      // One that is no longer known has succeeded: had it failed, so had this one.
      return other === undefined || other.state.status === 'SUCCEEDED' ? [] : [other];
    });
  }
}
