/** Name of a recording's page in the results bucket. */
export const pageKey = (recordingId: string): string => `pages/${recordingId}.html`;

/** Name of an evaluation's page there. */
export const evaluationKey = (evaluationId: string): string => `evaluations/${evaluationId}.html`;
