import { randomUUID } from 'node:crypto';

/** An event of EventBridge, as it reaches a function. */
export interface CloudEvent<Detail = unknown> {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Detail;
}

/** Makes an event of EventBridge; `at` in milliseconds since 1970. */
export function cloudEvent<Detail>(
  from: { readonly region: string; readonly account: string },
  event: {
    readonly type: string;
    readonly source: string;
    readonly resources: readonly string[];
    readonly detail: Detail;
    readonly at: number;
  },
): CloudEvent<Detail> {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': event.type,
    source: event.source,
    account: from.account,
    time: `${new Date(event.at).toISOString().slice(0, 19)}Z`,
    region: from.region,
    resources: event.resources,
    detail: event.detail,
  };
}
