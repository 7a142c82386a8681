/**
 * What runs in a function's process, in the place of Lambda's Node runtime. Over file descriptor 3 come pairs of lines,
 * an invocation's particulars and its event, and go pairs of lines, the outcome's kind and its JSON. The process
 * ends when that pipe does, so it cannot outlive the service that started it, not even after kill -9.
 */
import { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';

const maxResponseBytes = 6 * 1024 * 1024;
const { AWS_LAMBDA_FUNCTION_NAME: functionName, AWS_LAMBDA_FUNCTION_VERSION: functionVersion } = process.env;

const link = new Socket({ fd: 3 });
link.on('close', () => process.exit(0));
link.on('error', () => process.exit(0));

let handler;
try {
  const bundle = await import(pathToFileURL(process.argv[2]).href);
  handler = bundle.handler;
  if (typeof handler !== 'function')
    throw Object.assign(new Error('handler is undefined or not exported'), {
      name: 'Runtime.HandlerNotFound',
    });
  link.write('ready\nnull\n');
} catch (error) {
  console.error(
    `${new Date().toISOString()}\tundefined\tERROR\tUncaught Exception\t${JSON.stringify(describe(error))}`,
  );
  link.end(`initError\n${JSON.stringify(describe(error))}\n`);
}

let parts = [];
let particulars;
link.on('data', (data) => {
  let start = 0;
  for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
    const line = Buffer.concat([...parts, data.subarray(start, end)]).toString();
    parts = [];
    start = end + 1;
    if (particulars === undefined) particulars = JSON.parse(line);
    else {
      run(particulars, line);
      particulars = undefined;
    }
  }
  if (start < data.length) parts.push(data.subarray(start));
});

async function run({ requestId, deadline, arn }, event) {
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion,
    invokedFunctionArn: arn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  let kind = 'result';
  let outcome;
  try {
    const result = await handler(JSON.parse(event), context);
    outcome = JSON.stringify(result) ?? 'null';
    if (Buffer.byteLength(outcome) > maxResponseBytes)
      throw Object.assign(
        new Error(`Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`),
        { name: 'Function.ResponseSizeTooLarge' },
      );
  } catch (error) {
    kind = 'error';
    outcome = JSON.stringify(describe(error));
    console.error(`${new Date().toISOString()}\t${requestId}\tERROR\tInvoke Error\t${outcome}`);
  }
  link.write(`${kind}\n${outcome}\n`);
}

/** An error in the shape that Lambda answers with. */
function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}
