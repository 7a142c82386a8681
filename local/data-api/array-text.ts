/**
 * Reads the text form of a one-dimensional PostgreSQL array, `{1,NULL,"a \"b\""}`.
 * @returns its elements, or undefined when it has more dimensions than one.
 * @see PostgreSQL manual, "Array Input and Output Syntax"
 */
export function elementsOf(text: string): (string | null)[] | undefined {
  // Bounds other than 1 come first, as in [0:1]={1,2}.
  const start = text.indexOf('{');
  const elements: (string | null)[] = [];
  let at = start + 1;
  while (text[at] !== '}') {
    if (text[at] === '{') return undefined;
    if (text[at] === '"') {
      let element = '';
      at += 1;
      while (text[at] !== '"') {
        if (text[at] === '\\') at += 1;
        element += text[at];
        at += 1;
      }
      at += 1;
      elements.push(element);
    } else {
      const from = at;
      while (text[at] !== ',' && text[at] !== '}') at += 1;
      const element = text.slice(from, at);
      elements.push(element === 'NULL' ? null : element);
    }
    if (text[at] === ',') at += 1;
  }
  return elements;
}
