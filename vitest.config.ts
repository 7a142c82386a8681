import { defineConfig } from 'vitest/config';

/** Long checks live in *.slow.test.ts and run only under `npm run test:slow`. */
const slow = process.env.SYSTOLE_SLOW_TESTS === '1';

export default defineConfig({
  test: {
    include: [slow ? 'test/**/*.slow.test.ts' : 'test/**/*.test.ts'],
    exclude: slow ? ['**/node_modules/**'] : ['**/node_modules/**', 'test/**/*.slow.test.ts'],
    pool: 'forks',
    // tf.js's gradients are hundreds of small modules: bundled once, they load in a tenth of a second.
    deps: {
      optimizer: {
        ssr: { enabled: true, include: ['@tensorflow/tfjs-core/dist/register_all_gradients.js'] },
      },
    },
    maxWorkers: 2,
    testTimeout: slow ? 900_000 : 60_000,
    hookTimeout: slow ? 900_000 : 60_000,
    teardownTimeout: 10_000,
    // What a test waits for comes when it comes: only a machine that has stopped makes this fail.
    expect: { poll: { timeout: 30_000 } },
  },
});
