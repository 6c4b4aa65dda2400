/** The keys of service accounts on a control plane: whose tokens are verified, and the one that signs. */
import type { Resource } from '../../model/resource.js';
import { accountSecret, exchangeMark } from '../../model/rotation.js';
import type { HostContext } from '../input.js';
import { pki } from '../render/paths.js';
import { file, want } from '../wanted.js';

const stage = 'control-plane';

/** Where a key lies that is brought to all control planes before one signs with it. */
export const waitingKey = (id: string): string => `${pki}/sa-${id}.key`;

export function accountKeys(context: HostContext): readonly Resource[] {
  const keys = context.rotation?.account;
  const { name } = context.host;
  const signs = `${name}/file/${pki}/sa.key`;
  const waiting = keys?.waits === undefined ? [] : [waits(context, keys.waits)];
  return [
    ...waiting,
    file(context, `${pki}/sa.pub`, keys ? listText(keys.verifies) : [{ secret: 'pki/sa.pub' }], {
      stage,
      because: 'service account tokens are verified',
      // Whoever is killed in between leaves a key that everybody can find.
      after: waiting.map(one => `${name}/file/${one.key}`),
    }),
    file(context, `${pki}/sa.key`, [{ secret: keys?.signs ?? 'pki/sa.key' }], {
      stage,
      because: 'service account tokens are signed',
      mode: 0o600,
    }),
    ...(keys?.waited ?? [])
      .filter(id => context.fact.keys?.waiting.includes(id))
      .map(id =>
        want(
          'file',
          name,
          waitingKey(id),
          { content: [], sha256: context.sha256(''), mode: 0o600, absent: true, ours: true },
          { stage, because: 'the key that waited signs by now', after: [signs] },
        ),
      ),
  ];
}

const waits = (context: HostContext, id: string): Resource =>
  file(context, waitingKey(id), [{ secret: accountSecret(id) }], {
    stage,
    because: 'the next key of service accounts waits on every control plane',
    mode: 0o600,
  });

const listText = (keys: readonly string[]): string =>
  keys.length > 1 ? [`${exchangeMark}\n`, ...keys].join('') : keys.join('');
