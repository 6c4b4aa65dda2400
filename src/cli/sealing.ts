/** What a backup is sealed and opened with: a passphrase is asked for or read from a file, and never stands in argv. */
import { readFile } from 'node:fs/promises';
import { isCancel, password } from '@clack/prompts';
import type { Opening, Seal } from '../engine/backup/bundle.js';
import { openToOthers } from '../transport/own-place.js';
import { mistaken } from '../workflow/mistaken.js';
import { askingTerminal } from './asking.js';

export interface SealOptions {
  readonly recipient?: readonly string[] | undefined;
  readonly passphraseFile?: string | undefined;
}

export async function sealOf({ recipient, passphraseFile }: SealOptions): Promise<Seal> {
  if (recipient && recipient.length > 0) return { recipients: recipient };
  return {
    passphrase: await passphraseFrom(passphraseFile, 'give --recipient age1…, or --passphrase-file FILE', true),
  };
}

export async function openingOf(options: {
  readonly identity?: string | undefined;
  readonly passphraseFile?: string | undefined;
}): Promise<Opening> {
  if (options.identity === undefined)
    return {
      passphrase: await passphraseFrom(options.passphraseFile, 'give --identity FILE, or --passphrase-file FILE'),
    };
  const lines = (await textOf(options.identity)).split('\n').map(line => line.trim());
  return { identities: lines.filter(line => line !== '' && !line.startsWith('#')) };
}

async function passphraseFrom(path: string | undefined, help: string, twice = false): Promise<string> {
  const given = path === undefined ? await asked(help, twice) : ((await textOf(path)).split(/\r?\n/)[0] ?? '');
  if (given.length < 8) throw mistaken('weak-passphrase', 'the passphrase has fewer than 8 characters', help);
  return given;
}

async function asked(help: string, twice: boolean): Promise<string> {
  const person = askingTerminal();
  if (!person) throw mistaken('no-passphrase', 'a passphrase is needed, and there is no terminal to ask on', help);
  const once = await password({ message: 'Passphrase of the backup?', ...person });
  if (isCancel(once)) throw mistaken('no-passphrase', 'no passphrase was given', help);
  if (!twice) return once;
  const again = await password({ message: 'Once more?', ...person });
  if (again !== once) throw mistaken('no-passphrase', 'the two are not the same', help);
  return once;
}

const textOf = async (path: string): Promise<string> => {
  const open = await openToOthers(path);
  if (open !== undefined) throw mistaken('open-secret', `${path} is not used: ${open}`, `chmod 600 ${path}`);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw mistaken('no-file', `${path} cannot be read: ${(error as Error).message}`, 'name a file that is there');
  }
};
