declare const SYSTOLE_CODE_VERSION: string | undefined;

/** Version of the running code: set by the bundler; run from sources it is `source`. */
export const codeVersion = typeof SYSTOLE_CODE_VERSION === 'string' ? SYSTOLE_CODE_VERSION : 'source';
