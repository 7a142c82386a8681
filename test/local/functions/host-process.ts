import { FunctionHost, type FunctionHostOptions } from '../../../local/functions/function-host.ts';

// Prints what its function says of itself, then leaves it with work that ends, or never yields.
const { options, afterwards } = JSON.parse(process.argv[2]!) as {
  options: FunctionHostOptions;
  afterwards: unknown;
};
const host = await FunctionHost.open(options);
console.log(JSON.stringify(await host.invoke('ingest', { do: 'look' })));
await host.invoke('ingest', afterwards);
