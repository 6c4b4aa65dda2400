/**
 * All that brings a cluster back in one file: a tar of the snapshot, the cluster file and the secrets, encrypted as age
 * does (https://age-encryption.org/v1). Without kw it is opened with `age -d FILE | tar x`.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Decrypter, Encrypter } from 'age-encryption';
import { extract, pack } from 'tar-stream';
import { WorldFailed } from '../../model/event.js';

/** A passphrase, or public keys (`age1…`) whose owners can open it. */
export type Seal = { readonly passphrase: string } | { readonly recipients: readonly string[] };
/** A passphrase, or private keys (`AGE-SECRET-KEY-…`). */
export type Opening = { readonly passphrase: string } | { readonly identities: readonly string[] };

export interface BundleParts {
  /** By their names in the file. */
  readonly files: ReadonlyMap<string, string>;
  readonly snapshot: { readonly size: number; readonly bytes: AsyncIterable<Buffer> };
}

export const snapshotName = 'etcd.db';

/** Whole under its name, for its owner alone, or not there. Throws WorldFailed (refused) for a key that is none. */
export async function writeBundle(target: string, parts: BundleParts, seal: Seal): Promise<void> {
  const encrypter = new Encrypter();
  if ('passphrase' in seal) encrypter.setPassphrase(seal.passphrase);
  else for (const one of seal.recipients) known(() => encrypter.addRecipient(one), 'a recipient is no age public key');
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await rm(part, { force: true });
  const file = await open(part, 'wx', 0o600);
  try {
    const tar = pack();
    const filled = fill(tar, parts);
    filled.catch(error => tar.destroy(error as Error));
    const sealed = await encrypter.encrypt(Readable.toWeb(Readable.from(tar)) as never);
    for await (const bytes of sealed as unknown as AsyncIterable<Uint8Array>) await file.write(bytes);
    await filled;
    await file.sync();
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(part, target);
}

async function fill(tar: ReturnType<typeof pack>, { files, snapshot }: BundleParts): Promise<void> {
  for (const [name, text] of files) tar.entry({ name, mode: 0o600 }, text);
  const entry = tar.entry({ name: snapshotName, mode: 0o600, size: snapshot.size });
  await pipeline(Readable.from(snapshot.bytes), entry as unknown as Writable);
  tar.finalize();
}

const safe = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/**
 * Its files into a new folder. @returns their names. Throws WorldFailed (refused): it does not open, or is damaged.
 */
export async function openBundle(source: string, folder: string, opening: Opening): Promise<readonly string[]> {
  const decrypter = new Decrypter();
  if ('passphrase' in opening) decrypter.addPassphrase(opening.passphrase);
  else
    for (const one of opening.identities) known(() => decrypter.addIdentity(one), 'an identity is no age secret key');
  const names: string[] = [];
  const entries = extract();
  try {
    const plain = await decrypter.decrypt(Readable.toWeb(createReadStream(source)) as never);
    await mkdir(folder, { mode: 0o700 });
    const flowing = pipeline(
      Readable.from(plain as unknown as AsyncIterable<Uint8Array>),
      entries as unknown as Writable,
    );
    flowing.catch(() => undefined);
    for await (const entry of entries) {
      const { name } = entry.header;
      if (!safe.test(name)) throw new Error(`it holds a file with a strange name: ${name.slice(0, 80)}`);
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(path, 'wx', 0o600);
      try {
        for await (const bytes of entry as unknown as AsyncIterable<Buffer>) await file.write(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      names.push(name);
    }
    await flowing;
  } catch (error) {
    throw new WorldFailed({
      class: 'refused',
      message: `${source} cannot be opened: ${(error as Error).message}`,
      help: 'a wrong passphrase or key, or a damaged file: nothing of it is to be used',
    });
  }
  return names;
}

const known = (act: () => void, says: string): void => {
  try {
    act();
  } catch (error) {
    throw new WorldFailed({ class: 'refused', message: `${says}: ${(error as Error).message}` });
  }
};
