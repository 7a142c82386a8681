import { functions } from '../../shared/deployment/description.ts';
import type { Settings } from '../../shared/deployment/settings.ts';
import { AwsCallError, type AwsCalls } from './aws-call.ts';

/** One thing that a deployment needs, and what to do where it is missing. */
export interface Check {
  readonly what: string;
  readonly state: 'ok' | 'attention' | 'missing';
  readonly words: string;
}

/** Service quotas by their codes in Service Quotas. */
const quotas = {
  gpuOnDemand: { service: 'ec2', code: 'L-DB2E81BA', name: 'Running On-Demand G and VT instances' },
  gpuSpot: { service: 'ec2', code: 'L-3819A6DF', name: 'All G and VT Spot Instance Requests' },
  concurrency: { service: 'lambda', code: 'L-B99A9384', name: 'Concurrent executions' },
} as const;

/** Lambda demands that this many executions stay unreserved. */
const unreserved = 100;
/** vCPUs of the smallest GPU instance. */
const smallestGpu = 4;

export interface Preflight {
  readonly checks: readonly Check[];
  readonly bootstrapped: boolean;
}

/** Looks at what a deployment needs of the account; changes nothing. */
export async function preflight(
  aws: AwsCalls,
  { gpuFamilies, alarmEmail }: Pick<Settings, 'gpuFamilies' | 'alarmEmail'>,
): Promise<Preflight> {
  const checks: Check[] = [
    { what: 'Node', state: 'ok', words: process.version },
    { what: 'Region', state: 'ok', words: aws.region },
  ];
  const credentials = await credentialsCheck(aws);
  checks.push(credentials);
  if (credentials.state !== 'ok') return { checks, bootstrapped: false };
  const [offered, spot, onDemand, concurrency, bootstrap] = await Promise.all([
    offeredFamilies(aws, gpuFamilies),
    quota(aws, 'gpuSpot'),
    quota(aws, 'gpuOnDemand'),
    quota(aws, 'concurrency'),
    bootstrapVersion(aws),
  ]);
  checks.push(familiesCheck(gpuFamilies, offered, aws.region));
  checks.push(gpuCheck('GPU spot quota', quotas.gpuSpot.name, spot));
  checks.push(gpuCheck('GPU on-demand quota', quotas.gpuOnDemand.name, onDemand));
  checks.push(concurrencyCheck(concurrency));
  checks.push({
    what: 'CDK bootstrap',
    state: 'ok',
    words: bootstrap === undefined ? 'not there yet; will be made' : `version ${bootstrap}`,
  });
  checks.push(
    alarmEmail === undefined
      ? { what: 'Alarms', state: 'attention', words: 'tell nobody: give --alarm-email ADDRESS' }
      : { what: 'Alarms', state: 'ok', words: `to ${alarmEmail}, who confirms it by a mail of AWS` },
  );
  return { checks, bootstrapped: bootstrap !== undefined };
}

async function credentialsCheck(aws: AwsCalls): Promise<Check> {
  const what = 'Credentials';
  try {
    // Any signed question proves them; this one is allowed to whoever may deploy.
    await aws.call('servicequotas', 'ServiceQuotasV20190624.ListServices', { MaxResults: 1 });
    return { what, state: 'ok', words: 'accepted' };
  } catch (error) {
    if (error instanceof AwsCallError && /AccessDenied|NotAuthorized/.test(error.code))
      return { what, state: 'ok', words: 'accepted; they may not read quotas' };
    const words =
      (error as Error).name === 'CredentialsProviderError'
        ? 'none found: run `aws configure` or `aws sso login`, or set AWS_PROFILE'
        : error instanceof AwsCallError
          ? `refused (${error.message}): are they expired, or of another partition?`
          : `nobody answers in ${aws.region} (${(error as Error).message}): is there such a region, and a way to it from here?`;
    return { what, state: 'missing', words };
  }
}

/** @returns undefined when it may not be read */
async function quota(aws: AwsCalls, which: keyof typeof quotas): Promise<number | undefined> {
  const { service, code } = quotas[which];
  try {
    const { Quota } = await aws.call<{ Quota: { Value: number } }>(
      'servicequotas',
      'ServiceQuotasV20190624.GetServiceQuota',
      { ServiceCode: service, QuotaCode: code },
    );
    return Quota.Value;
  } catch (error) {
    if (error instanceof AwsCallError) return undefined;
    throw error;
  }
}

/** @returns undefined when the account was never bootstrapped in this region */
async function bootstrapVersion(aws: AwsCalls): Promise<string | undefined> {
  try {
    const { Parameter } = await aws.call<{ Parameter: { Value: string } }>('ssm', 'AmazonSSM.GetParameter', {
      Name: '/cdk-bootstrap/hnb659fds/version',
    });
    return Parameter.Value;
  } catch (error) {
    if (error instanceof AwsCallError) return undefined;
    throw error;
  }
}

/** Which of these instance families the region has; undefined when it may not be asked. */
async function offeredFamilies(
  aws: AwsCalls,
  families: readonly string[],
): Promise<readonly string[] | undefined> {
  const values = families.map((family, i) => [`Filter.1.Value.${i + 1}`, `${family}.xlarge`]);
  try {
    const answer = await aws.query('ec2', {
      Action: 'DescribeInstanceTypeOfferings',
      Version: '2016-11-15',
      LocationType: 'region',
      'Filter.1.Name': 'instance-type',
      ...Object.fromEntries(values),
    });
    return families.filter((family) => answer.includes(`<instanceType>${family}.xlarge</instanceType>`));
  } catch (error) {
    if (error instanceof AwsCallError) return undefined;
    throw error;
  }
}

/** Batch refuses an environment with a family that its region does not have, which would fail the deployment. */
export function familiesCheck(
  asked: readonly string[],
  offered: readonly string[] | undefined,
  region: string,
): Check {
  const what = 'GPU families';
  if (offered === undefined) return { what, state: 'attention', words: 'could not be read' };
  const absent = asked.filter((family) => !offered.includes(family));
  if (absent.length === 0) return { what, state: 'ok', words: asked.join(', ') };
  return {
    what,
    state: 'missing',
    words:
      `${region} has no ${absent.join(', ')}: ` +
      (offered.length > 0 ? `give --gpu-families ${offered.join(',')}` : 'choose another region'),
  };
}

export function gpuCheck(what: string, name: string, value: number | undefined): Check {
  if (value === undefined) return { what, state: 'attention', words: `could not be read ('${name}')` };
  if (value >= smallestGpu) return { what, state: 'ok', words: `${value} vCPUs` };
  return {
    what,
    state: 'attention',
    words: `${value} vCPUs, the smallest instance has ${smallestGpu}: jobs on GPUs will wait until '${name}' is raised in the Service Quotas console. Single ECGs are scored without a GPU.`,
  };
}

export function concurrencyCheck(value: number | undefined): Check {
  const what = 'Lambda concurrency';
  const reserved = Object.values(functions).reduce(
    (sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency,
    0,
  );
  if (value === undefined)
    return { what, state: 'attention', words: `could not be read; ${reserved + unreserved} are needed` };
  if (value >= reserved + unreserved) return { what, state: 'ok', words: String(value) };
  return {
    what,
    state: 'missing',
    words: `${value}, and ${reserved} are reserved beside the ${unreserved} that Lambda keeps free: have '${quotas.concurrency.name}' raised in the Service Quotas console`,
  };
}
