/** Two blueprints compared, resource by resource, as lines that went and came. */
import { structuredPatch } from 'diff';
import { idOf, type Resource } from '../../src/model/resource.js';
import { shownOne } from './shown.js';

const texts = (resources: readonly Resource[]): ReadonlyMap<string, string> =>
  new Map(resources.map(resource => [idOf(resource), shownOne(resource)]));

const changed = (before = '', after = ''): readonly string[] =>
  structuredPatch('', '', before, after, '', '', { context: 0 })
    .hunks.flatMap(hunk => hunk.lines)
    .filter(line => /^[+-]/.test(line));

export const changes = (before: readonly Resource[], after: readonly Resource[]): string => {
  const [old, now] = [texts(before), texts(after)];
  // Every minor brings programs of its own version: that says nothing.
  const ids = [...new Set([...old.keys(), ...now.keys()])].filter(
    id => !id.includes('/artifact/') || !old.has(id) || !now.has(id),
  );
  const rows = ids.flatMap(id => {
    if (!now.has(id)) return [`gone: ${id}`];
    const lines = changed(old.get(id), now.get(id));
    return lines.length === 0 ? [] : [`${old.has(id) ? 'changed' : 'new'}: ${id}`, ...lines.map(line => `  ${line}`)];
  });
  return rows.length === 0 ? 'nothing\n' : `${rows.join('\n')}\n`;
};
