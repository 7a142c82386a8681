/**
 * How to tell the source database of a recording from its key: the first folder below the one that all of the keys share,
 * `.` for a recording that lies right in that one.
 */
export function sourceOf(keys: readonly string[]): (key: string) => string {
  const folder = (key: string) => key.split('/').slice(0, -1);
  let shared = folder(keys[0] ?? '');
  for (const key of keys) {
    const own = folder(key);
    const differs = shared.findIndex((name, level) => name !== own[level]);
    if (differs >= 0) shared = shared.slice(0, differs);
  }
  return (key) => folder(key)[shared.length] ?? '.';
}
