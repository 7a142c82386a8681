import type { Job } from './job.ts';

interface Line {
  readonly priority: number;
  jobs: Job[];
  head: number;
}

/**
 * Jobs that could run, a line for each job queue; queues of the highest priority go first, those of
 * the same priority take turns, so that none starves another.
 */
export class RunnableJobs {
  readonly #lines: Map<string, Line>;
  /** The lines in the order in which they are asked. */
  #turns: Line[];

  constructor(queues: Readonly<Record<string, { readonly priority: number }>>) {
    this.#lines = new Map(
      Object.entries(queues).map(([name, { priority }]) => [name, { priority, jobs: [], head: 0 }]),
    );
    this.#turns = [...this.#lines.values()].sort((a, b) => b.priority - a.priority);
  }

  push(job: Job): void {
    this.#lines.get(job.specification.queue)?.jobs.push(job);
  }

  /** Takes the next job that still is RUNNABLE. */
  next(): Job | undefined {
    for (const line of this.#turns) {
      while (line.head < line.jobs.length) {
        const job = line.jobs[line.head]!;
        line.head += 1;
        if (job.state.status !== 'RUNNABLE') continue;
        // Behind the others of its priority: the sort is stable.
        this.#turns = [...this.#turns.filter((other) => other !== line), line].sort(
          (a, b) => b.priority - a.priority,
        );
        return job;
      }
      line.jobs = [];
      line.head = 0;
    }
    return undefined;
  }
}
