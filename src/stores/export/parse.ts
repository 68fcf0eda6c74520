import { isObject } from '../../protocol/plain-object.js';

/** An object from a file of JSON, or what is wrong with it: 'it is no JSON', 'it holds no object'. */
export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // The parser's own message would quote the text.
    return 'it is no JSON';
  }
  return isObject(value) ? value : 'it holds no object';
}
