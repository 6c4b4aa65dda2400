/** The table of faults is whole: what `kw lab break` offers is what the folders hold. `KW_UPDATE=1` writes it anew. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { faults } from '../../src/cases/faults.js';

const file = 'src/cases/faults.ts';
const camel = (id: string): string => id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const written = (
  ids: readonly string[],
): string => `/** Every fault that the lab can make, one per case: \`KW_UPDATE=1 npx vitest run test/clinic/faults.test.ts\` writes this table. */
import type { Fault } from '../clinic/fault.js';
${ids.map(id => `import ${camel(id)} from './${id}/fault.js';\n`).join('')}
export const faults: readonly Fault[] = [
${ids.map(id => `  ${camel(id)},\n`).join('')}];
`;

test('every case folder has its fault in the table, under its own id', () => {
  const ids = readdirSync('src/cases', { withFileTypes: true })
    .filter(entry => entry.isDirectory() && existsSync(`src/cases/${entry.name}/fault.ts`))
    .map(entry => entry.name)
    .sort();
  if (process.env.KW_UPDATE) writeFileSync(file, written(ids));
  expect(readFileSync(file, 'utf8')).toBe(written(ids));
  if (!process.env.KW_UPDATE) expect(faults.map(fault => fault.case)).toEqual(ids);
});
