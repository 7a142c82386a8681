import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueueService, ReceivedMessage } from '../queues/queue-service.ts';

/** The event with which Lambda calls a function for messages of a queue. */
export function sqsEvent(
  queues: QueueService,
  queue: string,
  messages: readonly ReceivedMessage[],
): SQSEvent {
  return {
    Records: messages.map(
      (message): SQSRecord => ({
        messageId: message.id,
        receiptHandle: message.receiptHandle,
        body: message.body,
        attributes: {
          ApproximateReceiveCount: String(message.receiveCount),
          SentTimestamp: String(message.sentAt),
          SenderId: queues.account,
          ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
        },
        messageAttributes: Object.fromEntries(
          Object.entries(message.attributes ?? {}).map(([name, attribute]) => [
            name,
            {
              ...(attribute.StringValue !== undefined && { stringValue: attribute.StringValue }),
              ...(attribute.BinaryValue !== undefined && { binaryValue: attribute.BinaryValue }),
              stringListValues: [],
              binaryListValues: [],
              dataType: attribute.DataType,
            },
          ]),
        ),
        md5OfBody: message.md5,
        eventSource: 'aws:sqs',
        eventSourceARN: queues.arn(queue),
        awsRegion: queues.region,
      }),
    ),
  };
}
