/** What an encryption configuration has of secretbox keys. */
import { numberOfKey } from '../../model/rotation.js';
import { yamlDocument } from '../../model/yaml.js';

/** Keys in base64 by their names, of the first resources; {}: none of ours that is whole, or no such file. */
export const encryptionKeysIn = (text: string): Readonly<Record<string, string>> => {
  try {
    const found = yamlDocument(text).toJS({ maxAliasCount: 50 }) as Providers | null;
    const providers = found?.resources?.[0]?.providers ?? [];
    const keys = providers.find(one => one.secretbox !== undefined)?.secretbox?.keys ?? [];
    return Object.fromEntries(
      keys.flatMap(({ name, secret }) => (isKey(secret) && isOurs(name) ? [[name, secret]] : [])),
    );
  } catch {
    return {};
  }
};

const isOurs = (name: unknown): name is string => typeof name === 'string' && numberOfKey(name) !== undefined;

const isKey = (secret: unknown): secret is string =>
  typeof secret === 'string' && Buffer.from(secret, 'base64').length === 32;

interface Providers {
  readonly resources?: readonly {
    readonly providers?: readonly {
      readonly secretbox?: { readonly keys?: readonly { readonly name?: unknown; readonly secret?: unknown }[] };
    }[];
  }[];
}
