// Runs the type checker, the linter and the tests, and ends with the plain line 'N passed, N failed'. With --slow it
// runs the long checks (*.slow.test.ts) instead. Further arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const slow = process.argv.includes('--slow');
const rest = process.argv.slice(2).filter((argument) => argument !== '--slow');
const modules = join(root, 'node_modules');
const report = join(root, '.systole', slow ? 'tests-slow.json' : 'tests.json');
mkdirSync(dirname(report), { recursive: true });
rmSync(report, { force: true });

let passed = 0;
let failed = 0;
// Told again at the end, where a long output is read first.
const failures = [];

function run(name, script, args, environment = {}) {
  const { status } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
    // Every test process would print the SDK's word on coming versions of Node, and hide what failed.
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...environment },
  });
  if (status !== 0) failures.push(name);
  return status === 0;
}

const check = (good) => {
  if (good) passed += 1;
  else failed += 1;
};

if (!slow && rest.length === 0) {
  check(run('Type check', join(modules, 'typescript', 'bin', 'tsc'), ['--noEmit', '-p', '.']));
  check(run('Lint', join(modules, '@biomejs', 'biome', 'bin', 'biome'), ['check', '.']));
}
const good = run(
  'Tests',
  join(modules, 'vitest', 'vitest.mjs'),
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...rest],
  slow ? { SYSTOLE_SLOW_TESTS: '1' } : {},
);
try {
  const results = JSON.parse(readFileSync(report, 'utf8'));
  for (const file of results.testResults) {
    const path = relative(root, file.name);
    const lost = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName, failureMessages } of lost)
      failures.push(`${path}: ${fullName}\n${failureMessages.join('\n')}`);
    if (lost.length === 0 && file.status === 'failed') failures.push(`${path}\n${file.message}`);
  }
  passed += results.numPassedTests;
  failed += results.numFailedTests;
  // A file that fails to load, or an error outside any test, counts although no test of it ran.
  if (!good && results.numFailedTests === 0) failed += Math.max(1, results.numFailedTestSuites);
} catch {
  failed += 1;
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
