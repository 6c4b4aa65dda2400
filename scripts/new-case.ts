/**
 * Makes a case that works, to be filled with an illness: npx tsx scripts/new-case.ts GROUP ID "Title as a sentence"
 * GROUP is a folder of src/clinic/cases (pki, etcd, network …), ID says the truth in kebab case (`disk-is-read-only`).
 * It says how to try it; docs/contributing.md tells the rest.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { indexes } from './generate-indexes.js';

const caseText = (
  id: string,
  title: string,
  precedence: number,
): string => `import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { quoted } from '../../../read/quote.js';

/** What each variant proves; all that therapy, verify, the sentence and the quotations know. */
type Facts = { readonly logged: { readonly program: string; readonly line: string } };

const line = /${id} happened/;

export default defineCase<Facts>({
  id: '${id}',
  precedence: ${precedence},
  title: '${title}',
  variants: {
    logged: {
      means: 'a component says so itself',
      says: ({ host, facts }) => \`\${facts.program} on \${host} says: \${facts.line}\`,
      shows: ({ facts }) => [quoted('logs', facts.program, facts.line)],
    },
  },
  symptoms: [{ text: line }],
  explains: [],
  lab: false,
  sources: ['TODO: the thread or page that this is known from'],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(host, evidence)));
  },
  therapy: finding => ({
    refused: \`nothing is known yet that would end it on \${finding.host}\`,
    advice: ['TODO: what a person can do'],
  }),
  verify: finding => [
    { host: finding.host, command: 'journalctl -n 100', answer: finding.facts.line, healthy: 'no such line' },
  ],
});

const findings = (host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] =>
  Object.entries(evidence.read(host.logs) ?? {}).flatMap(([program, lines]) =>
    lines
      .filter(one => line.test(one))
      .slice(-1)
      .map(last => ({
        variant: 'logged' as const,
        host: host.name,
        subject: { program },
        facts: { program, line: last },
      })),
  );
`;

const pageText = (id: string, title: string): string => `# ${title}

## Symptom

TODO: \`${id} happened\` in the log of a component, and what people see of it.

## Proof

- \`logged\`: a component says so itself, in its last lines.

## Therapy

TODO: what kw does, or what a person can do.

## Versions

All.

## Sources

TODO: the thread or page that this is known from.
`;

const sick = (id: string): string => `says: "TODO: what makes it ill, in a sentence."
change:
  - { at: hosts/kw-4/logs, merge: { kubelet: [ 'E0601 11:59:00.000000 1 x.go:1] ${id} happened' ] } }
findings: [ logged kw-4 kubelet ]
`;

const healthy = `says: "TODO: what looks like it and is not."
change:
  - { at: hosts/kw-4/logs, merge: { kubelet: [ 'I0601 11:59:00.000000 1 x.go:1] all is well' ] } }
`;

const faultText = (id: string): string => `import { defineFault } from '../fault.js';

export default defineFault({
  case: '${id}',
  variants: {},
  notes: 'TODO: give it a variant with on, break and symptom and set lab: true in the case; or why no lab can make it.',
});
`;

/** What every case must pass; with KW_CASE they try this one alone. */
const tried = ['cases', 'laws-of-cases', 'poisoned-facts'].map(name => `test/clinic/${name}.test.ts`);

/** Every file of a new case, by its path. */
export const newCase = (
  group: string,
  id: string,
  title: string,
  precedence: number,
): Readonly<Record<string, string>> => ({
  [`src/clinic/cases/${group}/${id}/case.ts`]: caseText(id, title, precedence),
  [`src/clinic/cases/${group}/${id}/page.md`]: pageText(id, title),
  [`src/clinic/cases/${group}/${id}/fixtures/sick-logged.yaml`]: sick(id),
  [`src/clinic/cases/${group}/${id}/fixtures/healthy-other-line.yaml`]: healthy,
  [`src/lab/faults/${group}/${id}.ts`]: faultText(id),
});

/** Behind all that are there: it leads none of them until its author says so. */
const lastPrecedence = (): number => {
  const files = readdirSync('src/clinic/cases', { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('/case.ts'),
  );
  const numbers = files.map(file =>
    Number(/precedence: (\d+)/.exec(readFileSync(`src/clinic/cases/${file}`, 'utf8'))?.[1] ?? 0),
  );
  return Math.max(...numbers) + 10;
};

const main = (): void => {
  const [group = '', id = '', title = ''] = process.argv.slice(2);
  const groups = readdirSync('src/clinic/cases', { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name);
  if (!groups.includes(group) || !/^[a-z][a-z0-9-]+$/.test(id) || title.length < 10)
    throw new Error(`usage: npx tsx scripts/new-case.ts GROUP ID "Title as a sentence"; groups: ${groups.join(', ')}`);
  const files = newCase(group, id, title.replaceAll("'", '’'), lastPrecedence());
  for (const [path, text] of Object.entries(files)) {
    if (existsSync(path)) throw new Error(`${path} is there already`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  for (const [path, text] of Object.entries(indexes('.'))) writeFileSync(path, text);
  process.stdout.write(
    `${Object.keys(files).join('\n')}\nNext: fill them in, then\n  KW_CASE=${id} npx vitest run ${tried.join(' ')}\n`,
  );
};

if (process.argv[1]?.endsWith('new-case.ts')) main();
