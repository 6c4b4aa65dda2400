/** One script on one host, from its first byte to its last; a connection that is cut is made again once. */
import { randomBytes } from 'node:crypto';
import { WorldFailed } from '../../model/event.js';
import type { Step } from '../../model/plan.js';
import type { Channel } from '../../transport/connection.js';
import { defaultLimits, hostDirs } from '../context.js';
import { converse } from './conversation.js';
import { hostSessionOf, type SessionParts } from './host-session.js';
import { misbehaved, protocol } from './protocol.js';
import { hostScript } from '../script/build.js';

/** `cut`: why the script did not come to its end; what is not settled may be tried again. */
export type Ending = { readonly cut?: string };

/** Throws WorldFailed when the host cannot be reached at all. */
export const runOnHost = async (
  host: string,
  steps: readonly Step[],
  parts: SessionParts,
  fresh: boolean,
): Promise<Ending> => {
  const { context, turns } = parts;
  const connection = await context.connections(host, fresh ? { fresh } : {});
  const nonce = randomBytes(12).toString('hex');
  const dirs = (context.dirs ?? (() => hostDirs))(host);
  const { server } = context;
  try {
    const options = { nonce, ...dirs, ...(server ? { server } : {}), ...(turns ? { turns } : {}) };
    const channel = await connection.open(hostScript(steps, options));
    return await talk(channel, nonce, host, steps, parts);
  } catch (error) {
    // A script that was killed on the host (`exit`) is cut as well: another one can go on.
    if (error instanceof WorldFailed && ['unreachable', 'exit', 'timeout'].includes(error.failure.class))
      return { cut: error.failure.message };
    throw error;
  }
};

const talk = async (
  channel: Channel,
  nonce: string,
  host: string,
  steps: readonly Step[],
  parts: SessionParts,
): Promise<Ending> => {
  const silence = parts.context.limits?.silence ?? defaultLimits.silence;
  const session = hostSessionOf(host, steps, parts);
  const quiet = () => {
    for (const step of steps.filter(each => parts.progress.status(each.id) === 'taken'))
      parts.tracker.failed(step, { class: 'timeout', message: `no word from the host for ${silence} s` });
    channel.kill();
  };
  const rules = protocol(host, steps);
  let timer = setTimeout(quiet, silence * 1000);
  let since = performance.now();
  let news = 0;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(quiet, silence * 1000);
    if (rules.news() > news) since = performance.now();
    news = rules.news();
    const most = silence + rules.waits();
    if (performance.now() - since > most * 1000)
      throw misbehaved(host, `for ${most} s it has said only that it is alive`);
  };
  try {
    if (await converse(channel, nonce, steps, session, rules, heard)) return {};
    const { code, stderr } = await channel.done;
    return { cut: `the script ended too early, with exit code ${code}${stderr.trim() ? `: ${stderr.trim()}` : ''}` };
  } catch (error) {
    channel.kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
};
