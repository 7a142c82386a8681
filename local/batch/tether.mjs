/**
 * Starts a job's program and ends it, and all that it started, when the service that runs it is gone, even by kill -9:
 * then file descriptor 3, a pipe to the service, closes. `node tether.mjs PROGRAM ARGUMENT...`
 */
import { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';

const tether = new Socket({ fd: 3 });
const end = () => process.kill(-process.pid, 'SIGKILL');
tether.on('close', end).on('error', end).resume().unref();

process.argv.splice(1, 1);
await import(pathToFileURL(process.argv[1]).href);
