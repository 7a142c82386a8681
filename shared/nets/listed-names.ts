/** At most so many names stand in a message. */
const maxNames = 5;

/** Names of tensors for the text of an error: the first few, cut to a readable length, and how many more there are. */
export function listedNames(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map((name) => name.slice(0, 120));
  return shown.join(', ') + (names.length > maxNames ? ` and ${names.length - maxNames} more` : '');
}
