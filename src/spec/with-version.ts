/** The cluster file with another version of Kubernetes, and not one other letter changed. */
import { isMap, isScalar } from 'yaml';
import { documentOf } from '../pki/document.js';

/** undefined: the text is no mapping, or its `kubernetes:` is not one plain value. */
export const withVersion = (text: string, version: string): string | undefined => {
  const document = documentOf(text);
  if (!document || document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const found = document.contents.get('kubernetes', true);
  if (found === undefined) return inserted(text, version);
  const [from, to] = isScalar(found) ? (found.range ?? []) : [];
  return from === undefined || to === undefined ? undefined : `${text.slice(0, from)}${version}${text.slice(to)}`;
};

/** Behind the name where there is one; else on top. */
const inserted = (text: string, version: string): string => {
  const line = /^name:.*(?:\r?\n|$)/m.exec(text);
  const at = line ? line.index + line[0].length : 0;
  const before = text.slice(0, at);
  const end = before === '' || before.endsWith('\n') ? '' : '\n';
  return `${before}${end}kubernetes: ${version}\n${text.slice(at)}`;
};
