import { Aws, Duration } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  SingleValueWidget,
  Stats,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FunctionName, QueueName } from '../shared/deployment/description.ts';
import type { Settings } from '../shared/deployment/settings.ts';
import { type MetricName, metricDimension, metricNamespace } from '../shared/metrics.ts';
import type { DataStack } from './data-stack.ts';
import type { EdgeFunction } from './edge-function.ts';

const fiveMinutes = Duration.minutes(5);

export interface WatchProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly functions: Readonly<Record<FunctionName, EdgeFunction>>;
  readonly deadEvents: IQueue;
}

/**
 * A dashboard, alarms on what a person must act on (docs/operations.md has a section for each, named as the alarm),
 * and a budget. Numbers only: no metric has a dimension that comes out of a file.
 */
export class Watch extends Construct {
  readonly alarms: Alarm[] = [];
  readonly #topic: Topic;
  readonly #stage: string;

  constructor(scope: Construct, id: string, { settings, data, functions, deadEvents }: WatchProps) {
    super(scope, id);
    this.#stage = settings.stage;
    this.#topic = new Topic(this, 'Alarms', {
      displayName: `Systole ${settings.stage}`,
      masterKey: data.keys.messages,
      enforceSSL: true,
    });
    // A policy of its own takes the place of the one by which whoever is in the account may publish.
    this.#topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.#topic.topicArn],
        conditions: {
          ArnLike: {
            'aws:SourceArn': `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:systole-${settings.stage}-*`,
          },
        },
      }),
    );
    if (settings.alarmEmail !== undefined)
      this.#topic.addSubscription(new EmailSubscription(settings.alarmEmail));

    for (const [name, { queue, dead }] of Object.entries(data.queues) as [
      QueueName,
      (typeof data.queues)[QueueName],
    ][]) {
      this.#alarm(`${name}-dead-letters`, {
        metric: dead.metricApproximateNumberOfMessagesVisible({
          period: fiveMinutes,
          statistic: Stats.MAXIMUM,
        }),
        threshold: 0,
        evaluationPeriods: 1,
      });
      if (name !== 'wake') {
        this.#alarm(`${name}-behind`, {
          metric: queue.metricApproximateAgeOfOldestMessage({
            period: fiveMinutes,
            statistic: Stats.MAXIMUM,
          }),
          threshold: 1800,
          evaluationPeriods: 3,
        });
      }
    }
    this.#alarm('events-dead-letters', {
      metric: deadEvents.metricApproximateNumberOfMessagesVisible({
        period: fiveMinutes,
        statistic: Stats.MAXIMUM,
      }),
      threshold: 0,
      evaluationPeriods: 1,
    });
    for (const [name, { function: fn }] of Object.entries(functions)) {
      this.#alarm(`${name}-errors`, {
        metric: fn.metricErrors({ period: fiveMinutes }),
        threshold: name === 'migrate' ? 0 : 5,
        evaluationPeriods: name === 'migrate' ? 1 : 3,
      });
    }
    const capacity = new Metric({
      namespace: 'AWS/RDS',
      metricName: 'ACUUtilization',
      dimensionsMap: { DBClusterIdentifier: data.database.clusterIdentifier },
      statistic: Stats.AVERAGE,
      period: fiveMinutes,
    });
    this.#alarm('database-at-its-limit', { metric: capacity, threshold: 90, evaluationPeriods: 3 });

    this.#alarm('recordings-failed', {
      metric: this.#own('RecordingsFailed', Stats.SUM, 'recordings failed', fiveMinutes),
      threshold: 0,
      evaluationPeriods: 1,
    });

    this.#dashboard(data, functions, capacity);
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: settings.monthlyBudget, unit: 'USD' },
        // Of this deployment alone, once the tag is activated for cost allocation.
        costFilters: { TagKeyValue: [`user:systole:stage$${settings.stage}`] },
      },
      notificationsWithSubscribers:
        settings.alarmEmail === undefined
          ? []
          : (['ACTUAL', 'FORECASTED'] as const).map((notificationType) => ({
              notification: {
                notificationType,
                comparisonOperator: 'GREATER_THAN',
                threshold: notificationType === 'ACTUAL' ? 80 : 100,
                thresholdType: 'PERCENTAGE',
              },
              subscribers: [{ subscriptionType: 'EMAIL', address: settings.alarmEmail! }],
            })),
    });
  }

  #alarm(name: string, props: Pick<AlarmProps, 'metric' | 'threshold' | 'evaluationPeriods'>): void {
    const alarm = new Alarm(this, name, {
      alarmName: `systole-${this.#stage}-${name}`,
      alarmDescription: `docs/operations.md, ${name}`,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
    });
    alarm.addAlarmAction(new SnsAction(this.#topic));
    this.alarms.push(alarm);
  }

  /** One of Systole's own metrics, of this stage. */
  #own(metricName: MetricName, statistic: string, label: string, period?: Duration): Metric {
    return new Metric({
      namespace: metricNamespace,
      metricName,
      dimensionsMap: { [metricDimension]: this.#stage },
      statistic,
      label,
      ...(period === undefined ? {} : { period }),
    });
  }

  #dashboard(
    data: DataStack,
    functions: Readonly<Record<FunctionName, EdgeFunction>>,
    capacity: IMetric,
  ): void {
    const queueNames = Object.keys(data.queues) as QueueName[];
    const graph = (title: string, left: IMetric[], width = 8) =>
      new GraphWidget({ title, left, width, height: 6, period: fiveMinutes });
    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: `systole-${this.#stage}` });
    dashboard.addWidgets(
      new TextWidget({
        markdown: `# Systole ${this.#stage}\nWhat to do about an alarm: docs/operations.md`,
        width: 24,
        height: 2,
      }),
    );
    const own = (metricName: MetricName, statistic: string, label: string) =>
      this.#own(metricName, statistic, label);
    dashboard.addWidgets(
      graph('Files and recordings', [
        own('FilesIn', Stats.SUM, 'files in'),
        own('FilesRejected', Stats.SUM, 'files rejected'),
        own('RecordingsScored', Stats.SUM, 'recordings scored'),
        own('RecordingsRejected', Stats.SUM, 'recordings rejected'),
        own('RecordingsFailed', Stats.SUM, 'recordings failed'),
        own('RecordingsWaiting', Stats.MAXIMUM, 'recordings waiting'),
      ]),
      graph(
        'From upload to score, s',
        [50, 95, 99].map((percent) => own('SecondsToScore', Stats.percentile(percent), `${percent} %`)),
      ),
      graph('GPU minutes', [
        new MathExpression({
          expression: 'seconds / 60',
          usingMetrics: { seconds: own('GpuSeconds', Stats.SUM, 'GPU') },
          label: 'GPU',
        }),
      ]),
    );
    dashboard.addWidgets(
      graph(
        'Waiting messages',
        queueNames.map((name) =>
          data.queues[name].queue.metricApproximateNumberOfMessagesVisible({ label: name }),
        ),
      ),
      graph(
        'Age of the oldest message, s',
        queueNames.map((name) =>
          data.queues[name].queue.metricApproximateAgeOfOldestMessage({
            label: name,
            statistic: Stats.MAXIMUM,
          }),
        ),
      ),
      graph(
        'Dead letters',
        queueNames.map((name) =>
          data.queues[name].dead.metricApproximateNumberOfMessagesVisible({ label: name }),
        ),
      ),
    );
    const each = (metric: (edge: EdgeFunction, name: string) => IMetric) =>
      Object.entries(functions).map(([name, edge]) => metric(edge, name));
    dashboard.addWidgets(
      graph(
        'Invocations',
        each(({ function: fn }, label) => fn.metricInvocations({ label })),
      ),
      graph(
        'Errors',
        each(({ function: fn }, label) => fn.metricErrors({ label })),
      ),
      graph(
        'Duration, 95 %, ms',
        each(({ function: fn }, label) => fn.metricDuration({ label, statistic: Stats.percentile(95) })),
      ),
    );
    dashboard.addWidgets(
      graph('Database capacity in use, %', [capacity]),
      new SingleValueWidget({
        title: 'Charges of the account this month, US dollars (billing metrics live in us-east-1)',
        width: 8,
        height: 6,
        metrics: [
          new Metric({
            namespace: 'AWS/Billing',
            metricName: 'EstimatedCharges',
            dimensionsMap: { Currency: 'USD' },
            region: 'us-east-1',
            statistic: Stats.MAXIMUM,
            period: Duration.hours(6),
          }),
        ],
      }),
    );
  }
}
