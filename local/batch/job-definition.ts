import * as z from 'zod';

/** What a retry strategy's rules may hold. Source: AWS Batch API Reference, EvaluateOnExit. */
const pattern = z.string().regex(/^[\w.:/ -]{0,511}\*?$/);
const retryRuleSchema = z.strictObject({
  onExitCode: z
    .string()
    .regex(/^(\d{1,511}\*?|\*)$/)
    .optional(),
  onReason: pattern.optional(),
  onStatusReason: pattern.optional(),
  action: z
    .string()
    .transform((action) => action.toUpperCase())
    .pipe(z.enum(['RETRY', 'EXIT'])),
});
export const attemptsSchema = z.number().int().min(1).max(10);
export const retryRulesSchema = z.array(retryRuleSchema).max(5).readonly();

export const jobDefinitionSchema = z.strictObject({
  /** Bundle that Node runs; it is the definition's image and entry point in one. */
  program: z.string().min(1),
  /** Arguments of the program, unless a job says others. */
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()),
  /** With which its programs sign their requests. */
  credentials: z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) }),
  vcpu: z.number().positive(),
  /** MiB. */
  memory: z.number().int().positive(),
  gpu: z.number().int().min(0),
  /** Seconds that an attempt may take. */
  timeout: z.number().positive().optional(),
  attempts: attemptsSchema.default(1),
  retryRules: retryRulesSchema.default([]),
});

export type JobDefinition = z.output<typeof jobDefinitionSchema>;
