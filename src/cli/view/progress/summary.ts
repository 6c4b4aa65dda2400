/** What is left to say when a run is over. */
import pc from 'picocolors';
import { clusterHost } from '../../../model/resource.js';
import { hostsInWords } from '../../../plan/hosts-in-words.js';
import { endedText } from '../conformance.js';
import { failureText } from '../failure.js';
import { count, duration, oneLine } from '../words.js';
import type { Progress } from './state.js';

const mostFailures = 20;

/** Ends without a newline. */
export const summary = (state: Progress, color: boolean): string => {
  const { ended, run } = state;
  const colors = pc.createColors(color);
  const done = state.mended + state.converged;
  const seconds = ended ? ` in ${duration(ended.seconds)}` : '';
  if (state.conformance) return (state.conformance.ok ? colors.green : colors.red)(endedText(state.conformance));
  const disproved = state.proofs.find(proof => !proof.ok);
  if (ended?.ok && disproved)
    return colors.red(
      `done in ${duration(ended.seconds)}, but NOT PROVEN: ${oneLine(disproved.name)}: ${oneLine(disproved.says)}`,
    );
  if (ended?.ok) {
    const already = state.converged > 0 ? `, ${state.converged} of them already so` : '';
    const hosts = [...state.hosts.keys()].filter(name => name !== clusterHost).length;
    return colors.green(`done: ${count(done, 'step')} on ${count(hosts, 'host')}${seconds}${already}`);
  }
  const lost = [...state.hosts.values()].filter(host => host.link === 'lost').map(host => host.name);
  const parts = [
    `${done} of ${count(run?.steps ?? done, 'step')}${seconds}`,
    ...(state.failed > 0 ? [`${state.failed} failed`] : []),
    ...(state.blocked > 0 ? [`${state.blocked} blocked behind that`] : []),
    ...(lost.length > 0 ? [`not reached: ${oneLine(hostsInWords(lost))}`] : []),
  ];
  return [colors.red(`${ended ? 'not done' : 'interrupted'}: ${parts.join(', ')}`), ...failures(state)].join('\n');
};

const failures = (state: Progress): readonly string[] => {
  const all = [...state.hosts.values()].flatMap(host =>
    host.failures.map(failure => ({ host: host.name, ...failure })),
  );
  const shown = all.slice(0, mostFailures).map(failure =>
    failureText(failure)
      .split('\n')
      .map(line => `  ${line}`)
      .join('\n'),
  );
  return all.length > mostFailures ? [...shown, `  and ${count(all.length - mostFailures, 'other failure')}`] : shown;
};
