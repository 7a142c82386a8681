import * as z from 'zod';

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')]);

/** What a deployment may choose, given as CDK context (`--context KEY=VALUE`) or by `systole deploy`. */
export const settingsSchema = z.strictObject({
  /** Name of the deployment; several may live in one account. */
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,11}$/, 'a stage is 1 to 12 small letters and digits')
    .default('main'),
  /**
   * Where job instances run: in public subnets that nothing may enter (no standing cost), or in subnets without any
   * route outside, with interface endpoints in one or two zones. Prices are in docs/cost.md.
   */
  network: z.enum(['public', 'isolated-1az', 'isolated-2az']).default('public'),
  /** Where the job images are built: in the account, or with Docker on this machine. */
  image: z.enum(['codebuild', 'docker']).default('codebuild'),
  /** Keeps data, keys and backups when stacks are deleted, and protects the database from deletion. */
  keepData: flag.default(true),
  /** GPU instance families, in no order: Batch takes what it gets. */
  gpuFamilies: z
    .union([z.array(z.string()), z.string().transform((value) => value.split(','))])
    .pipe(z.array(z.enum(['g4dn', 'g5', 'g6'])).min(1))
    .default(['g4dn', 'g5', 'g6']),
  /** Most vCPUs at a time, spot and on demand each; a GPU instance has four or more. */
  gpuVcpus: z.coerce.number().int().min(4).max(4096).default(32),
  cpuVcpus: z.coerce.number().int().min(2).max(4096).default(64),
  /** Receives alarms and budget alerts. */
  alarmEmail: z.email().optional(),
  /** US dollars a month above which an alert is sent. */
  monthlyBudget: z.coerce.number().positive().default(100),
});

export type Settings = z.infer<typeof settingsSchema>;
