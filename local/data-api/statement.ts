import { bindParameter } from './bound-parameter.ts';
import { dataApiError } from './data-api-error.ts';
import { cutAtParameters, firstWord, type ParametrisedSql } from './named-parameters.ts';
import type { Parameter } from './request.ts';
import type { Row } from './session.ts';

/** Statements are few and come again and again: what was cut once is kept. */
const cut = new Map<string, ParametrisedSql>();
const maxCut = 500;

function cutOnce(sql: string): ParametrisedSql {
  let parametrised = cut.get(sql);
  if (parametrised === undefined) {
    // It would speak to a client that has nothing to send; PGlite ends its process then.
    if (firstWord(sql).toLowerCase() === 'copy')
      throw dataApiError('BadRequestException', 'COPY is not supported.');
    parametrised = cutAtParameters(sql);
    if (cut.size >= maxCut) cut.clear();
    cut.set(sql, parametrised);
  }
  return parametrised;
}

/**
 * Rewrites a statement with named parameters to PostgreSQL's positional ones, each cast to the type of its value.
 * @throws ServiceError when a parameter of the statement has no value, or a value has no parameter, and for COPY
 */
export function bindStatement(sql: string, parameters: readonly Parameter[]): { sql: string; values: Row } {
  const { parts, names } = cutOnce(sql);
  const given = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  if (given.size !== parameters.length)
    throw dataApiError('BadRequestException', 'A parameter is given more than once.');
  const numbers = new Map<string, string>();
  const values: (string | null)[] = [];
  let text = parts[0]!;
  for (const [index, name] of names.entries()) {
    let placeholder = numbers.get(name);
    if (placeholder === undefined) {
      const parameter = given.get(name);
      if (parameter === undefined)
        throw dataApiError('BadRequestException', `Cannot find parameter: ${name}`);
      const bound = bindParameter(parameter);
      values.push(bound.text);
      // In parentheses, because a subscript or another cast may follow.
      placeholder = bound.type === '' ? `$${values.length}` : `($${values.length}::${bound.type})`;
      numbers.set(name, placeholder);
    }
    text += placeholder + parts[index + 1]!;
  }
  for (const name of given.keys())
    if (!numbers.has(name))
      throw dataApiError('BadRequestException', `The statement has no parameter named ${name}.`);
  return { sql: text, values };
}
