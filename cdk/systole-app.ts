import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks } from 'cdk-nag';
import type { Settings } from '../shared/deployment/settings.ts';
import { ComputeStack } from './compute-stack.ts';
import { DataStack } from './data-stack.ts';
import { EdgeStack } from './edge-stack.ts';
import type { Packages } from './packages.ts';
import { readSettings } from './settings.ts';

export interface SystoleApp extends App {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly compute: ComputeStack;
  readonly edge: EdgeStack;
}

/** The whole deployment: three stacks of one stage, checked by two rule packs when it is synthesised. */
export function systoleApp(packages: Packages, props: AppProps = {}): SystoleApp {
  const app = new App({ analyticsReporting: false, ...props });
  const settings = readSettings(app.node);
  const name = `systole-${settings.stage}`;
  const data = new DataStack(app, `${name}-data`, {
    settings,
    description: 'Systole: files, rows, queues, keys and network',
    terminationProtection: settings.keepData,
  });
  const compute = new ComputeStack(app, `${name}-compute`, {
    settings,
    data,
    packages,
    description: 'Systole: job images, queues and instances that come when work waits',
  });
  const edge = new EdgeStack(app, `${name}-edge`, {
    settings,
    data,
    compute,
    packages,
    description: 'Systole: functions, schema, alarms and dashboard',
  });
  // Dashboards take no tags in every region yet.
  Tags.of(app).add('systole:stage', settings.stage, { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new HIPAASecurityChecks(app));
  return Object.assign(app, { settings, data, compute, edge });
}
