/** Name of a recording's page in the results bucket. */
export const pageKey = (recordingId: string): string => `pages/${recordingId}.html`;
