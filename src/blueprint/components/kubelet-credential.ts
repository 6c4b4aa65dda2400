/**
 * A kubelet renews its own client certificate and prefers that to its kubeconfig's: once another CA signs, it has to
 * give it up. It then begins with its kubeconfig again, and asks the API for the next.
 */
import { withRole } from '../../model/cluster.js';
import type { Resource } from '../../model/resource.js';
import { readCertificates } from '../../pki/read.js';
import { sh } from '../../shell/sh.js';
import type { HostContext } from '../input.js';
import { kubeletConf } from '../render/paths.js';
import { want } from '../wanted.js';

const current = '/var/lib/kubelet/pki/kubelet-client-current.pem';

/** [] unless the cluster's CA has been exchanged for one that signs by now. */
export const kubeletCredential = ({ spec, host, facts, rotating }: HostContext): readonly Resource[] => {
  const { phase, signer = '' } = rotating?.ca ?? {};
  const [authority] = readCertificates(signer).certificates;
  const keyId = authority?.subjectKeyId;
  if ((phase !== 'signing' && phase !== 'forgetting') || keyId === undefined) return [];
  const signers = withRole(spec, 'controlPlane').filter(({ name }) => facts.has(name));
  return [
    want(
      'command',
      host.name,
      'kubelet-credential',
      {
        // Whoever has signed a certificate stands in it by the id of its key, and not every host has openssl.
        unless: sh`[ ! -s ${current} ] || sed -n '/-BEGIN CERT/,/-END CERT/p' ${current} | \
sed '/-----/d' | base64 -d | od -An -v -tx1 | tr -d ' \\n' | grep -q ${keyId} || \
echo 'another CA has signed the credential of the kubelet'`,
        // A kubelet that started before its kubeconfig owes a restart, however this ends.
        run: sh`touch ${kubeletConf} && rm -f ${current}`,
        risk: 'none',
      },
      {
        stage: 'nodes',
        because: 'the kubelet calls the API as whom the new CA has signed',
        // What it asks for next is signed by any of them.
        after: [
          `${host.name}/kubeconfig/${kubeletConf}`,
          ...signers.map(({ name }) => `${name}/service/kube-controller-manager.service`),
        ],
      },
    ),
  ];
};
