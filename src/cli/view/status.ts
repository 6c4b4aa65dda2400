import { createColors } from 'picocolors';
import { lasting } from '../duration.js';
import { unseenInWords } from '../../plan/unseen-hosts.js';
import { marked } from '../../shell/terminal.js';
import type { NodeRow } from '../../workflow/status/ask-api.js';
import type { ComponentRow } from '../../workflow/status/ask-hosts.js';
import type { Health } from '../../workflow/status/component.js';
import type { Status } from '../../workflow/status.js';
import { table } from './table.js';

/** @param columns Of the terminal; none for a pipe. */
export function statusText(
  { components, unseen, nodes, missing, api, whole }: Status,
  colored: boolean,
  columns?: number,
): string {
  const color = createColors(colored);
  const paint = { ok: color.green, ill: color.red, unknown: color.yellow };
  const mark: Mark = (health, text = health) => paint[health](text);
  return [
    table(
      ['host', 'component', 'health', 'since', 'restarts', 'says'],
      components.map(row => [
        marked(row.host),
        row.unit.replace(/\.service$/, ''),
        mark(row.health, wordOf(row)),
        // Of a program that runs and answers badly nobody knows since when.
        row.since === undefined || (row.health === 'ill' && row.active === 'active') ? '' : lasting(row.since),
        row.restarts > 0 ? `${row.restarts} restarts` : '',
        row.health === 'ok' ? '' : marked(row.answer ?? row.sub).slice(0, 100),
      ]),
      columns,
    ),
    ...unseenInWords(unseen).map(line => `${color.red('could not be asked')}: ${marked(line)}\n`),
    table(
      ['of the whole', 'health', 'says'],
      whole.map(row => [marked(row.what), mark(row.health), marked(row.says)]),
      columns,
    ),
    api === 'ok'
      ? nodesText(nodes, missing, mark, columns)
      : `${color.red('the API does not answer')}: ${marked(api)}\n`,
  ].join('\n');
}

type Mark = (health: Health, text?: string) => string;

/** `missing`: hosts of the cluster file that are no nodes. */
const nodesText = (
  nodes: Status['nodes'],
  missing: Status['missing'],
  mark: Mark,
  columns: number | undefined,
): string =>
  table(
    ['node', 'ready', 'since', 'roles', 'version', 'says'],
    [
      ...nodes.map(node => [
        marked(node.name),
        mark(node.ready ? 'ok' : 'ill', node.ready ? 'yes' : 'no'),
        node.since === undefined ? '' : lasting(node.since),
        marked(node.roles.join(', ')),
        marked(node.version),
        nodeSays(node),
      ]),
      ...missing.map(name => [name, mark('ill', 'no'), '', '', '', 'in the cluster file, and not a node']),
    ],
    columns,
  );

const wordOf = ({ health, active }: ComponentRow): string =>
  health === 'ill' && active !== 'active' ? active : health;

const nodeSays = ({ ready, cordoned, inFile, says }: NodeRow): string =>
  [
    ...(inFile ? [] : ['not in the cluster file']),
    ...(cordoned ? ['cordoned: takes no new pods'] : []),
    ...(ready ? [] : [marked(says)]),
  ].join('; ');
