/** What a step writes, made at the moment of writing: secrets revealed, keys made and certificates signed only now. */
import { reveal } from '../../model/content.js';
import type { Step } from '../../model/plan.js';
import type { Action } from '../../model/resource.js';
import { writeKubeconfig } from '../../pki/kubeconfig.js';
import type { Context } from '../context.js';
import type { Redactor } from './redact.js';
import { payloadName } from '../script/build.js';

export type Vault = Pick<Context, 'reveal' | 'issue'>;

/** Shell variables by name, their values in base64. `index`: the step's place in its script. */
export const payloadOf = async (
  step: Step,
  index: number,
  vault: Vault,
  { secret }: Redactor,
): Promise<Readonly<Record<string, string>>> => {
  const parts = await Promise.all(
    step.actions.map((action, at) => payloadOfAction(action, part => payloadName(index, at, part), vault, secret)),
  );
  return Object.assign({}, ...parts) as Record<string, string>;
};

const payloadOfAction = async (
  action: Action,
  name: (part?: '_key' | '_cert') => string,
  vault: Vault,
  secret: Redactor['secret'],
): Promise<Record<string, string>> => {
  if (action.do === 'put') return { [name()]: base64(reveal(action.content, key => secret(key, vault.reveal(key)))) };
  if (action.do !== 'issue') return {};
  const { certPem, keyPem, caPem } = await vault.issue(action.request);
  secret(`key of ${action.request.commonName}`, keyPem);
  const { to } = action;
  return to.as === 'pem'
    ? { [name('_key')]: base64(keyPem), [name('_cert')]: base64(certPem) }
    : {
        [name()]: base64(
          writeKubeconfig({ server: to.server, cluster: to.cluster, user: to.user, caPem, certPem, keyPem }),
        ),
      };
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');
