/** The place of a value in an object, as a word that people read and that leads back: `metadata.labels["a.b/c"]`. */

export const toField = (path: readonly string[]): string =>
  path
    .map((key, at) => (/^[A-Za-z_][\w-]*$/.test(key) ? (at === 0 ? key : `.${key}`) : `[${JSON.stringify(key)}]`))
    .join('');

export function fromField(field: string): readonly string[] {
  const keys = [...field.matchAll(/\.?([A-Za-z_][\w-]*)|\[("(?:[^"\\]|\\.)*")\]/g)];
  if (keys.map(key => key[0]).join('') !== field) throw new Error(`${field} names no place in an object`);
  return keys.map(([, word, quoted]) => word ?? String(JSON.parse(quoted ?? '""')));
}
