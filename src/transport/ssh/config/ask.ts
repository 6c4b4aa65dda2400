/** What ssh itself would do for a host: `ssh -G`. */
import { execFile } from 'node:child_process';
import type { WorldFailed } from '../../../model/event.js';
import { failed } from '../../failures.js';

export interface Question {
  readonly host: string;
  /** `-F`: read instead of the user's and the system's configuration; `none`: nothing is read. */
  readonly file?: string | undefined;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** Values by key, in small letters. */
export type Values = ReadonlyMap<string, readonly string[]>;

const timeoutMs = 15_000;

/** undefined: there is no ssh on this machine. Rejects with WorldFailed where it cannot make sense of its files. */
export const askSsh = (question: Question): Promise<Values | undefined> =>
  new Promise((resolve, reject) => {
    const { host, file, user, port } = question;
    const words = [
      '-G',
      ...(file === undefined ? [] : ['-F', file]),
      ...(user === undefined ? [] : ['-l', user]),
      ...(port === undefined ? [] : ['-p', String(port)]),
    ];
    const child = execFile(
      'ssh',
      [...words, '--', host],
      { timeout: timeoutMs, maxBuffer: 1 << 20 },
      (error, stdout, stderr) => {
        if (error && (error as NodeJS.ErrnoException).code === 'ENOENT') resolve(undefined);
        else if (error) reject(unclear(host, stderr || error.message));
        else resolve(valuesOf(stdout));
      },
    );
    child.stdin?.end();
  });

/** `key value` a line; a key may stand more than once. */
export const valuesOf = (text: string): Values => {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    if (key === '') continue;
    const name = key.toLowerCase();
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
};

const unclear = (host: string, output: string): WorldFailed =>
  failed(
    host,
    'refused',
    `ssh cannot read its configuration: ${output.trim().split('\n')[0] ?? ''}`,
    `correct the file; ssh -G ${host} shows the same mistake`,
  );
