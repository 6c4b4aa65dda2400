/** The key to log in with: each that is here is tried on the first host, and the person takes one. */
import { isCancel, log, select } from '@clack/prompts';
import type { ClusterSpec, Host } from '../../model/cluster.js';
import type { Asking } from '../asking.js';
import { oneLine } from '../view/words.js';
import { Cancelled } from './ask.js';
import type { Reading } from './ask-hosts.js';
import type { Candidates } from './keys.js';

/** Looks at one host, with the key that its `ssh.key` names. */
export type Try = (host: Host) => Promise<Reading>;

/** undefined: as ssh finds it. */
export const askForKey = async (
  spec: ClusterSpec,
  { agent, files }: Candidates,
  attempt: Try,
  asking: Asking,
): Promise<string | undefined> => {
  const [host] = spec.hosts;
  if (!host || files.length === 0) return undefined;
  const usual = await attempt(host);
  // Where nothing answers, no key can be tried, and where the host key was not trusted, none may be.
  const tried =
    usual.entered || usual.refused
      ? await Promise.all(files.map(key => attempt({ ...host, ssh: { ...host.ssh, key } })))
      : [];
  const holds =
    agent.length > 0 ? `the agent (${agent.map(oneLine).join(', ')}) and the usual files` : 'the usual files';
  const options = [
    { value: '', label: `as ssh finds it: ${holds}`, hint: verdict(usual, host) },
    ...files.map((file, n) => ({ value: file, label: file, hint: verdict(tried[n] ?? usual, host) })),
  ];
  const opens = usual.entered ? '' : (files.find((_, n) => tried[n]?.entered) ?? '');
  const answer = await select({ message: 'Which key does ssh log in with?', options, initialValue: opens, ...asking });
  if (isCancel(answer)) throw new Cancelled('cancelled');
  if (!usual.entered && !tried.some(one => one.entered)) log.warn(nobodyIn(usual), asking);
  return answer === '' ? undefined : answer;
};

const verdict = (reading: Reading, host: Host): string =>
  reading.entered ? `opens ${oneLine(host.name)}` : oneLine(reading.says);

const nobodyIn = ({ refused, says }: Reading): string =>
  refused
    ? 'No key opens that host yet: ssh-copy-id puts one there. The file is written all the same.'
    : `No key could be tried (${says}). The file is written all the same.`;
