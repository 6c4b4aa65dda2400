import { isatty } from 'node:tty';
import { createColors } from 'picocolors';
import { componentsOf } from '../../blueprint/health.js';
import { type ComponentHealth, health } from '../../facts/health.js';
import type { Session } from '../../engine/session.js';
import { escapeForTerminal } from '../../shell/terminal.js';
import { open } from '../cluster/open.js';
import { readClusterFile } from '../cluster/read.js';
import { table } from '../view/table.js';
import { inWords } from '../../plan/estimate.js';

const ill = 2;
const blind = 3;

interface Row extends ComponentHealth { readonly host: string; readonly ok: boolean }
interface NodeRow { readonly name: string; readonly ready: boolean; readonly version: string; readonly says: string }
interface Status { readonly components: readonly Row[]; readonly unseen: readonly { readonly host: string; readonly why: string }[]; readonly nodes: readonly NodeRow[]; readonly api: string }

/** `kw status`: every component of every host, asked on the host itself, and the nodes where the API answers. */
export async function run({ file, json }: { readonly file: string; readonly json?: boolean }): Promise<number> {
  const cluster = await readClusterFile(file);
  const session = await open(cluster);
  try {
    const [hosts, api] = await Promise.all([askHosts(session), askApi(session)]);
    const status: Status = { ...hosts, ...api };
    process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : words(status));
    const sick = status.components.some(row => !row.ok) || status.api !== 'ok' || status.nodes.some(node => !node.ready);
    return sick ? ill : status.unseen.length > 0 ? blind : 0;
  } finally {
    session.close();
  }
}

async function askHosts(session: Session): Promise<Pick<Status, 'components' | 'unseen'>> {
  const { spec } = session;
  const facts = spec.hosts.map(host => ({ host: host.name, fact: health(componentsOf(spec, host)) }));
  const seen = await session.ask(facts.map(({ host, fact }) => ({ id: host, host, question: fact.question })));
  const components: Row[] = [];
  const unseen: { host: string; why: string }[] = [];
  for (const { host, fact } of facts) {
    const answer = seen.get(host);
    if (!answer || 'missing' in answer) unseen.push({ host, why: answer?.missing ?? 'it was not asked' });
    else components.push(...fact.read(answer.raw).map(row => ({ ...row, host, ok: isWell(row) })));
  }
  return { components, unseen };
}

const isWell = (row: ComponentHealth): boolean => row.active === 'active' && (row.answer === undefined || row.answer === 'ok' || row.answer === '');

interface NodeObject { readonly metadata: { readonly name: string }; readonly status?: { readonly nodeInfo?: { readonly kubeletVersion: string }; readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] } }

async function askApi(session: Session): Promise<Pick<Status, 'nodes' | 'api'>> {
  try {
    const answer = await (await session.api()).request('GET', '/api/v1/nodes');
    const items = (answer.body as { items?: readonly NodeObject[] }).items ?? [];
    return { api: 'ok', nodes: items.map(node => {
      const ready = node.status?.conditions?.find(one => one.type === 'Ready');
      return { name: node.metadata.name, ready: ready?.status === 'True', version: node.status?.nodeInfo?.kubeletVersion ?? '', says: ready?.message ?? '' };
    }) };
  } catch (error) {
    return { api: error instanceof Error ? error.message : String(error), nodes: [] };
  }
}

function words({ components, unseen, nodes, api }: Status): string {
  const color = createColors(isatty(1) && !process.env.NO_COLOR);
  const mark = (ok: boolean, text: string): string => ok ? color.green(text) : color.red(text);
  const rows = components.map(row => [row.host, row.unit.replace(/\.service$/, ''), mark(row.ok, row.ok ? 'ok' : row.active === 'active' ? 'ill' : row.active),
    inWords(row.since), row.restarts > 0 ? `${row.restarts} restarts` : '', row.ok ? '' : escapeForTerminal(row.answer ?? row.sub).slice(0, 100)]);
  return [
    table(['host', 'component', 'health', 'since', 'restarts', 'says'], rows),
    ...unseen.map(({ host, why }) => `${color.red(host)} could not be asked: ${escapeForTerminal(why)}\n`),
    api === 'ok' ? table(['node', 'ready', 'version', 'says'], nodes.map(node => [node.name, mark(node.ready, node.ready ? 'yes' : 'no'), node.version, node.ready ? '' : escapeForTerminal(node.says)]))
      : `${color.red('the API does not answer')}: ${escapeForTerminal(api)}\n`,
  ].join('\n');
}
