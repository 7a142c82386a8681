/** A statement cut at its named parameters: `parts[0] :names[0] parts[1] :names[1] ... parts[n]`. */
export interface ParametrisedSql {
  readonly parts: readonly string[];
  readonly names: readonly string[];
}

const identifierStart = /[A-Za-z_\u0080-\uffff]/;
const identifierPart = /[A-Za-z0-9_$\u0080-\uffff]/;
const parameterName = /[A-Za-z_][A-Za-z0-9_]*/y;
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/**
 * Finds the named parameters (`:name`) of one SQL statement. Left alone are string constants (also `E''` with its
 * backslashes, `U&''`, dollar quotes), quoted identifiers, comments (nested), casts (`::`), `:=`, and the colon of an
 * array slice that follows a bound (`a[1:n]`). Lexical rules: PostgreSQL manual, "Lexical Structure".
 */
export function cutAtParameters(sql: string): ParametrisedSql {
  const parts: string[] = [];
  const names: string[] = [];
  let from = 0;
  let at = 0;
  let brackets = 0;
  /** The last character that was neither space nor comment: tells a slice's colon from a parameter's. */
  let before = '';
  while (at < sql.length) {
    const character = sql[at]!;
    const next = sql[at + 1];
    if (character === '-' && next === '-') {
      at = endOfLine(sql, at);
      continue;
    }
    if (character === '/' && next === '*') {
      at = endOfComment(sql, at);
      continue;
    }
    if (character === "'") at = endOfQuoted(sql, at, "'", false);
    else if (character === '"') at = endOfQuoted(sql, at, '"', false);
    else if (character === '$') at = endOfDollarQuoted(sql, at);
    else if (identifierStart.test(character)) {
      const start = at;
      while (at < sql.length && identifierPart.test(sql[at]!)) at += 1;
      if (sql[at] === "'" && at - start === 1 && (character === 'e' || character === 'E'))
        at = endOfQuoted(sql, at, "'", true);
    } else if (character === ':') {
      if (next === ':' || next === '=') at += 2;
      else {
        parameterName.lastIndex = at + 1;
        const name = parameterName.exec(sql)?.[0];
        const slice = brackets > 0 && /[A-Za-z0-9_$\u0080-\uffff)\]"']/.test(before);
        if (name === undefined || slice) at += 1;
        else {
          parts.push(sql.slice(from, at));
          names.push(name);
          at += 1 + name.length;
          from = at;
        }
      }
    } else {
      if (character === '[') brackets += 1;
      else if (character === ']') brackets = Math.max(0, brackets - 1);
      at += 1;
    }
    const last = sql[at - 1]!;
    if (!/\s/.test(last)) before = last;
  }
  parts.push(sql.slice(from));
  return { parts, names };
}

/** The word that a statement begins with, after spaces and comments; empty when it begins with something else. */
export function firstWord(sql: string): string {
  let at = 0;
  for (;;) {
    if (sql.startsWith('--', at)) at = endOfLine(sql, at);
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at);
    else if (at < sql.length && /\s/.test(sql[at]!)) at += 1;
    else break;
  }
  let end = at;
  while (end < sql.length && identifierPart.test(sql[end]!)) end += 1;
  return sql.slice(at, end);
}

function endOfLine(sql: string, at: number): number {
  const end = sql.indexOf('\n', at);
  return end < 0 ? sql.length : end + 1;
}

function endOfComment(sql: string, at: number): number {
  let depth = 1;
  let position = at + 2;
  while (position < sql.length && depth > 0) {
    if (sql.startsWith('/*', position)) {
      depth += 1;
      position += 2;
    } else if (sql.startsWith('*/', position)) {
      depth -= 1;
      position += 2;
    } else position += 1;
  }
  return position;
}

/** `at` is the opening quote; a doubled quote is part of the text. */
function endOfQuoted(sql: string, at: number, quote: string, backslashes: boolean): number {
  let position = at + 1;
  while (position < sql.length) {
    const character = sql[position];
    if (backslashes && character === '\\') position += 2;
    else if (character !== quote) position += 1;
    else if (sql[position + 1] === quote) position += 2;
    else return position + 1;
  }
  return sql.length;
}

function endOfDollarQuoted(sql: string, at: number): number {
  dollarTag.lastIndex = at;
  const tag = dollarTag.exec(sql)?.[0];
  if (tag === undefined) return at + 1;
  const end = sql.indexOf(tag, at + tag.length);
  return end < 0 ? sql.length : end + tag.length;
}
