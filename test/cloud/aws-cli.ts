import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { user } from '../local/s3/serve.ts';

const execute = promisify(execFile);

/** Whether the AWS CLI is on the PATH and runs. */
export function hasAwsCli(): boolean {
  return spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Runs `aws ARGUMENTS` against an endpoint as the test user, untouched by the settings of whoever runs the tests. */
export async function aws(endpoint: string, folder: string, ...given: string[]): Promise<string> {
  const { stdout } = await execute('aws', ['--endpoint-url', endpoint, ...given], {
    cwd: folder,
    maxBuffer: 64 << 20,
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))),
      AWS_ACCESS_KEY_ID: user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
      // One that has had Signature V4 only from its beginning: for older ones the CLI presigns with V2.
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    },
  });
  return stdout;
}
