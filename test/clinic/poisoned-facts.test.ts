/**
 * What a host or the API said may say anything: in a command it is one quoted word, and no path, unit or object is
 * named by it.
 */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import type { Case } from '../../src/clinic/case.js';
import type { Finding } from '../../src/clinic/examine/verdict.js';
import { caseFolders, fixturesOf, readFixture } from './fixture.js';

const poison = '/-x\'"; touch owned; $(touch owned) `touch owned`\n--owned %n $owned | ../../x';

/** Words of kw's own, which facts only repeat. */
const own = new Set(['program', 'plural', 'list', 'flag']);

/** The finding once for each string in its facts, with that string poisoned. */
const poisonings = (finding: Finding): readonly Finding[] => {
  const paths: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (typeof value === 'string' && !path.some(key => own.has(String(key)))) paths.push(path);
    else if (value !== null && typeof value === 'object')
      for (const [key, each] of Object.entries(value)) walk(each, [...path, key]);
  };
  walk(finding.facts, []);
  return paths.map(path => {
    const facts = structuredClone(finding.facts) as Record<string | number, never>;
    const last = path.at(-1) ?? '';
    const parent = path.slice(0, -1).reduce((node, key) => node[key] as never, facts);
    parent[last] = poison as never;
    return { ...finding, facts };
  });
};

// Facts of the network's cases are parsed values (src/net): poisoned-network.test.ts poisons what they are parsed of.
const only = process.env.KW_CASE;
const chosen = cases.filter(
  one => !caseFolders.get(one.id)?.includes('cases/network/') && (only === undefined || one.id.includes(only)),
);

const each = async (
  visit: (one: Case, poisoned: Finding, chart: Parameters<Case['verify']>[1]) => void,
): Promise<number> => {
  let count = 0;
  for (const one of chosen)
    for (const file of fixturesOf(one.id).filter(name => name.startsWith('sick'))) {
      const { chart } = await readFixture(one.id, file);
      const verdict = one.diagnose(chart);
      for (const finding of verdict.verdict === 'sick' ? verdict.findings : [])
        for (const poisoned of poisonings(finding)) {
          visit(one, poisoned, chart);
          count += 1;
        }
    }
  return count;
};

test('a therapy names nothing by a poisoned fact', async () => {
  const bad: string[] = [];
  const count = await each((one, poisoned, chart) => {
    const therapy = one.therapy(poisoned, chart);
    if ('want' in therapy && JSON.stringify(therapy.want).includes('touch owned'))
      bad.push(`${one.id}/${poisoned.variant} ${JSON.stringify(therapy.want).slice(0, 2000)}`);
  });
  if (only === undefined) expect(count).toBeGreaterThan(60);
  expect(bad).toEqual([]);
});

test('a command that is taught runs nothing of it', async () => {
  const commands = new Set<string>();
  await each((one, poisoned, chart) => {
    for (const { command } of one.verify(poisoned, chart)) if (command.includes('touch owned')) commands.add(command);
  });
  if (only === undefined) expect(commands.size).toBeGreaterThan(5);
  expect(ranBy([`ls ${poison}`])).not.toEqual([]);
  expect(ranBy([...commands])).toEqual([]);
});

/**
 * What of the poison a shell runs; nothing else of the commands is found, and nothing hides behind their redirections.
 */
const ranBy = (commands: readonly string[]): readonly string[] => {
  const harness = 'exec 9>&1; touch() { echo "ran: $1" >&9; }; command_not_found_handle() { :; }; PATH=';
  const ran = spawnSync('bash', ['-c', [harness, ...commands].join('\n')], { encoding: 'utf8', timeout: 240_000 });
  return [...(ran.stdout.match(/ran: .*/g) ?? []), ...(ran.stderr.match(/syntax error.*|unexpected EOF.*/g) ?? [])];
};
