/** What ssh's configuration says for one word: asked of ssh itself, read by ourselves where there is none. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { SshConfig } from '../../connection.js';
import { failed } from '../../failures.js';
import { defaultUser } from '../route.js';
import { askSsh, type Question, type Values } from './ask.js';
import { type ConfigText, readConfigText } from './file.js';
import { matched, type Matched } from './match.js';
import { isWithoutEffect, needsOf, needsOfOwnReading } from './needs.js';

export interface Effective {
  readonly values: Values;
  /** Absent: no file and no flag names one. */
  readonly user: string | undefined;
  /** Why only the system's ssh will do. */
  readonly needs: readonly string[];
  readonly text: ConfigText;
  readonly own: Matched;
  readonly by: string;
}

const systemConfig = '/etc/ssh/ssh_config';

/** Read once for each command: thousands of hosts share it. */
const texts = new WeakMap<SshConfig, ConfigText>();
export const configText = (config: SshConfig): ConfigText => {
  const known = texts.get(config);
  if (known) return known;
  const folder = join(config.home, '.ssh');
  const text = readConfigText(
    config.file === 'none'
      ? []
      : config.file !== undefined
        ? [{ path: config.file, includes: folder }]
        : [
            { path: join(folder, 'config'), includes: folder, own: true },
            { path: systemConfig, includes: dirname(systemConfig) },
          ],
    config.home,
  );
  texts.set(config, text);
  return text;
};

/** Rejects with WorldFailed where ssh refuses its own configuration, or has none to ask and ours cannot be sure. */
export const effective = async (question: Question, config: SshConfig): Promise<Effective> => {
  const text = configText(config);
  const localUser = userInfo().username;
  const own = matched(text.directives, { host: question.host, user: question.user ?? localUser, localUser });
  // Where no file says anything of meaning, ssh needs not be asked: it would say its defaults.
  if (text.unreadable.length === 0 && text.directives.every(one => isWithoutEffect(one.key) || isGssapi(one.key)))
    return { values: new Map(), user: question.user, needs: [], text, own, by: 'nothing in it has an effect' };
  const first = config.without ? undefined : await askSsh({ ...question, file: config.file });
  if (!first) return alone(question, text, own);
  const user = question.user ?? (isUserNamed(first, own, localUser) ? first.get('user')?.[0] : undefined);
  // Match user must see the user that is going to log in.
  const values =
    user === undefined && localUser !== defaultUser
      ? await askSsh({ ...question, file: config.file, user: defaultUser })
      : first;
  const needs = await needsOf(values ?? first, config.file === undefined ? systemConfigOr() : 'none');
  return { values: values ?? first, user, needs, text, own, by: 'ssh -G' };
};

const systemConfigOr = (): string => (existsSync(systemConfig) ? systemConfig : 'none');

// Debian's file for all hosts says `GSSAPIAuthentication yes`.
const isGssapi = (key: string): boolean => key === 'gssapiauthentication';

/** ssh names the local user where nobody named one; kw is for root then. */
const isUserNamed = (values: Values, own: Matched, localUser: string): boolean =>
  values.get('user')?.[0] !== localUser || own.values.has('user') || own.undecided.some(one => one.key === 'user');

const alone = (question: Question, text: ConfigText, own: Matched): Effective => {
  const needs = needsOfOwnReading(own);
  if (needs.length > 0 || text.unreadable.length > 0)
    throw failed(
      question.host,
      'refused',
      `~/.ssh/config asks for what only the system's ssh can do: ${[...needs, ...text.unreadable].join(', ')}`,
      'install openssh-client on this machine: it is then used for this host',
    );
  const values = new Map([...own.values].map(([key, all]) => [key, all.map(one => one.words.join(' '))] as const));
  return { values, user: question.user ?? values.get('user')?.[0], needs, text, own, by: 'kw, without ssh' };
};
