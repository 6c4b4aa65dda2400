/**
 * A controller manager signs by one certificate, and does not start with two. One that ends by itself is started again
 * by what systemd knows of its unit: that names the file of the signer alone before a second CA is trusted.
 */
import type { Resource, ResourceId } from '../../model/resource.js';
import { sh } from '../../shell/sh.js';
import type { HostContext } from '../input.js';
import { pki, units } from '../render/paths.js';
import { signerBefore, signerFile } from '../rotation/authority.js';
import { want } from '../wanted.js';

export const controllerUnitFile = `${units}/kube-controller-manager.service`;
const word = 'controller-signer';

const comes = ({ host, rotating }: HostContext): boolean =>
  rotating?.ca?.phase === 'trusting' && host.roles.includes('controlPlane');

/** What has to be there before its unit file names it: the signer alone, and at the end the one CA that is left. */
export const signedByBefore = (context: HostContext): readonly ResourceId[] =>
  context.rotating?.ca?.phase === 'forgetting'
    ? [`${context.host.name}/file/${pki}/ca.crt`]
    : signerBefore(context, 'ca');

/** Before two are trusted. */
export const signerKnown = (context: HostContext): readonly ResourceId[] =>
  comes(context) ? [`${context.host.name}/command/${word}`] : [];

export const controllerSigner = (context: HostContext): readonly Resource[] =>
  comes(context)
    ? [
        want(
          'command',
          context.host.name,
          word,
          {
            unless: sh`case $(systemctl show -p ExecStart kube-controller-manager.service) in
*${`--cluster-signing-cert-file=${signerFile(context, 'ca')}`}*) ;;
*) echo 'it would be started again with a file of two CAs to sign by';; esac`,
            run: sh`systemctl daemon-reload`,
            risk: 'none',
          },
          {
            stage: 'host',
            because: 'a controller manager that starts again signs by one CA',
            after: [`${context.host.name}/file/${controllerUnitFile}`],
          },
        ),
      ]
    : [];
