/** Looks whether hosts that carry nothing of Kubewizard yet can be built upon. */
import { isatty } from 'node:tty';
import { createColors } from 'picocolors';
import type { Session } from '../../engine/session.js';
import { type PreflightFacts, preflight as question } from '../../facts/preflight.js';
import type { Finding } from '../../facts/preflight/finding.js';
import { judgePreflight } from '../../facts/preflight/judge.js';
import { targetsOf } from '../../facts/preflight/targets.js';
import type { HostFacts } from '../../model/host-facts.js';
import { escapeForTerminal } from '../../shell/terminal.js';
import { clock } from './open.js';

/** Nothing is asked of hosts that already have their part of the cluster: a run with nothing to do must be quick. */
export async function preflight(session: Session, facts: ReadonlyMap<string, HostFacts>): Promise<readonly Finding[]> {
  const { spec } = session;
  const fresh = spec.hosts.filter(host => isFresh(facts.get(host.name)));
  const asked = fresh.map(host => ({ host: host.name, fact: question(targetsOf(spec, host), host.roles.includes('etcd')) }));
  const answers = await session.ask(asked.map(({ host, fact }) => ({ id: host, host, question: fact.question })));
  const now = clock().getTime() / 1000;
  const seen = new Map<string, PreflightFacts>();
  for (const { host, fact } of asked) {
    const answer = answers.get(host);
    if (answer && 'raw' in answer) seen.set(host, fact.read(answer.raw));
  }
  return judgePreflight(spec, seen, new Map([...seen.keys()].map(host => [host, now])));
}

const isFresh = (facts: HostFacts | undefined): boolean => facts !== undefined && facts.podCidr === '' && !facts.etcdDataExists;

export const stops = (findings: readonly Finding[]): boolean => findings.some(finding => finding.severity === 'error');

export function preflightText(findings: readonly Finding[]): string {
  const color = createColors(isatty(2) && !process.env.NO_COLOR);
  return findings.map(({ host, severity, code, says, help }) =>
    `${severity === 'error' ? color.red('error') : color.yellow('warning')} ${host}: ${escapeForTerminal(says)} [${code}]\n  ${color.dim(`help: ${help}`)}\n`).join('');
}
