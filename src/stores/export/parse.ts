/** An object from a file of JSON, or what is wrong with it: 'it is no JSON', 'it holds no object'. */
export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // The parser's own message would quote the text.
    return 'it is no JSON';
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : 'it holds no object';
}
