import type { ProcessIdentity } from '../process-identity.ts';
import type { RetryRule } from './retry-rules.ts';

export const jobStatuses = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
] as const;
export type JobStatus = (typeof jobStatuses)[number];

export interface JobDependency {
  readonly jobId?: string;
  readonly type?: 'N_TO_N' | 'SEQUENTIAL';
}

/** What was submitted; it does not change. */
export interface JobSpecification {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly definition: string;
  readonly arraySize?: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** The program's arguments; absent: the definition's. */
  readonly command?: readonly string[];
  /** Added to and overriding the definition's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly resources: Readonly<Partial<Record<'VCPU' | 'MEMORY' | 'GPU', string>>>;
  readonly dependsOn: readonly JobDependency[];
  readonly attempts: number;
  readonly retryRules: readonly RetryRule[];
  /** Seconds. */
  readonly timeout?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface JobAttempt {
  readonly startedAt: number;
  readonly stoppedAt: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly statusReason: string;
}

/** What changes; times in milliseconds since 1970. */
export interface JobState {
  readonly status: JobStatus;
  readonly statusReason?: string;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly attempts: readonly JobAttempt[];
  /** The process of the attempt that runs. */
  readonly process?: ProcessIdentity;
  /** Why the job is to end, once somebody has asked for it, and how they did. */
  readonly ending?: { readonly reason: string; readonly by: 'cancel' | 'terminate' | 'timeout' };
}

/** A change of status that is to be told, numbered within its job. */
export interface StatusChange {
  readonly n: number;
  readonly status: JobStatus;
  readonly at: number;
}

/** A plain job, an array job or one of its children. */
export class Job {
  readonly specification: JobSpecification;
  readonly index: number | undefined;
  readonly parent: Job | undefined;
  readonly children: readonly Job[] | undefined;
  /** Children by status, for array jobs. */
  readonly summary: Record<JobStatus, number>;
  state: JobState = { status: 'SUBMITTED', attempts: [] };
  /** Changes made so far, and those of them not known to have been told. */
  changes = 0;
  untold: StatusChange[] = [];
  /** Dependencies that have not succeeded yet. */
  waitingFor = 0;

  constructor(specification: JobSpecification, parent?: Job, index?: number) {
    this.specification = specification;
    this.parent = parent;
    this.index = index;
    this.summary = Object.fromEntries(jobStatuses.map((status) => [status, 0])) as Record<JobStatus, number>;
    const { arraySize } = specification;
    if (arraySize !== undefined && parent === undefined) {
      this.children = Array.from({ length: arraySize }, (_, child) => new Job(specification, this, child));
      this.summary.SUBMITTED = arraySize;
    }
  }

  get id(): string {
    return this.index === undefined ? this.specification.id : `${this.specification.id}:${this.index}`;
  }

  get finished(): boolean {
    return this.state.status === 'SUCCEEDED' || this.state.status === 'FAILED';
  }

  setState(state: JobState): void {
    if (this.parent) {
      this.parent.summary[this.state.status] -= 1;
      this.parent.summary[state.status] += 1;
    }
    this.state = state;
  }
}
