// Preloaded by a test: while the file that SYSTOLE_TEST_DISK_FLAG names exists, every write to a file of this process
// fails as on a full disk.
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';

const flag = process.env.SYSTOLE_TEST_DISK_FLAG;
const probe = await open('/dev/null', 'w');
const handle = Object.getPrototypeOf(probe);
await probe.close();
for (const name of ['write', 'writev', 'writeFile', 'appendFile']) {
  const original = handle[name];
  handle[name] = function refuse(...args) {
    if (existsSync(flag)) {
      return Promise.reject(
        Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
      );
    }
    return original.apply(this, args);
  };
}
