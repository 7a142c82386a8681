import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAtParameters } from '../../../local/data-api/named-parameters.ts';

/** The statement with each parameter written {name}. */
function marked(sql: string): string {
  const { parts, names } = cutAtParameters(sql);
  return parts.map((part, index) => part + (index < names.length ? `{${names[index]}}` : '')).join('');
}

describe('cutAtParameters', () => {
  it.each([
    ['select :a', 'select {a}'],
    ['select :a,:b_2', 'select {a},{b_2}'],
    ['limit:n', 'limit{n}'],
    [':a::jsonb', '{a}::jsonb'],
    ['x::text', 'x::text'],
    ["':a'", "':a'"],
    ["'it''s :a' || :b", "'it''s :a' || {b}"],
    ["'\\' || :a || ''", "'\\' || {a} || ''"],
    ["E'\\' :a' || :b", "E'\\' :a' || {b}"],
    ["e'\\\\' || :b", "e'\\\\' || {b}"],
    ["name' :a' || :b", "name' :a' || {b}"],
    ["U&'\\0041 :a' || :b", "U&'\\0041 :a' || {b}"],
    ['":a" || :b', '":a" || {b}'],
    ['"a"":b" || :c', '"a"":b" || {c}'],
    ['$$ :a $$ || :b', '$$ :a $$ || {b}'],
    ['$x$ :a $$ :b $x$ || :c', '$x$ :a $$ :b $x$ || {c}'],
    ['a$x$ || :b', 'a$x$ || {b}'],
    ['$1 || :b', '$1 || {b}'],
    ['-- :a\n:b', '-- :a\n{b}'],
    ['/* :a /* :b */ :c */ :d', '/* :a /* :b */ :c */ {d}'],
    ['a[1:n] || :b', 'a[1:n] || {b}'],
    ['a[b:n]', 'a[b:n]'],
    ['a[f(x):n]', 'a[f(x):n]'],
    ['a[1 :n]', 'a[1 :n]'],
    ['a[:i]', 'a[{i}]'],
    ['a[:i:2]', 'a[{i}:2]'],
    ['array[:a, :b]', 'array[{a}, {b}]'],
    ['f(x := :a, y => :b)', 'f(x := {a}, y => {b})'],
    ["'unfinished :a", "'unfinished :a"],
    ['/* unfinished :a', '/* unfinished :a'],
    ['$q$ unfinished :a', '$q$ unfinished :a'],
    ['é:a', 'é{a}'],
    [':1 :-', ':1 :-'],
    ['', ''],
  ])('%s', (sql, expected) => {
    expect(marked(sql)).toBe(expected);
  });

  const text = fc.string({
    unit: fc.constantFrom(
      ':',
      'a',
      'B',
      '_',
      '1',
      ' ',
      '\n',
      '-',
      '/',
      '*',
      '"',
      "'",
      '$',
      '\\',
      'é',
      '[',
      ']',
    ),
  });
  /** Pieces of SQL with the parameters that are in them. */
  const pieces = fc.oneof(
    fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).map((name) => ({ sql: `:${name}`, names: [name] })),
    text.map((content) => ({ sql: `'${content.replaceAll("'", "''")}'`, names: [] })),
    text.map((content) => ({
      sql: `E'${content.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
      names: [],
    })),
    text.map((content) => ({ sql: `"${content.replaceAll('"', '""')}"`, names: [] })),
    text
      .filter((content) => !content.includes('$q$') && !content.endsWith('$') && !content.endsWith('$q'))
      .map((content) => ({ sql: `$q$${content}$q$`, names: [] })),
    text.map((content) => ({ sql: `--${content.replaceAll('\n', ' ')}\n`, names: [] })),
    text
      .map((content) => content.replaceAll('*', '+').replaceAll('/', '|'))
      .map((content) => ({ sql: `/*${content}/*${content}*/*/`, names: [] })),
    fc
      .constantFrom('a[1:b]', 'x::text', ':=', ',', '(', ')', '+', 'select', '1.5')
      .map((sql) => ({ sql, names: [] })),
  );
  const property = fc.property(fc.array(pieces), (list) => {
    const sql = list.map((piece) => piece.sql).join(' ');
    const { parts, names } = cutAtParameters(sql);
    expect(names).toEqual(list.flatMap((piece) => piece.names));
    expect(parts.map((part, index) => part + (index < names.length ? `:${names[index]}` : '')).join('')).toBe(
      sql,
    );
  });
  it('finds exactly the parameters in any mixture of pieces (fixed seed)', () => {
    fc.assert(property, { seed: 20_261_122, numRuns: 1000 });
  });
  it('finds exactly the parameters in any mixture of pieces (a new seed each time)', () => {
    fc.assert(property, { numRuns: 1000 });
  });
  it('ends and loses nothing on any text', () => {
    fc.assert(
      fc.property(text, (sql) => {
        const { parts, names } = cutAtParameters(sql);
        expect(
          parts.map((part, index) => part + (index < names.length ? `:${names[index]}` : '')).join(''),
        ).toBe(sql);
      }),
      { numRuns: 2000 },
    );
  });
});
