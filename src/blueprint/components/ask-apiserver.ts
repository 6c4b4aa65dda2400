/**
 * Health of an API server, asked on a control plane. The API server's own client certificate is enough: health is for
 * everybody whom it knows, and needs neither an administrator nor a binding, which come after it.
 */
import { apiserverPort } from '../../model/components.js';
import { bin, pki } from '../render/paths.js';
import { type Script, sh } from '../../shell/sh.js';

const pair = `${pki}/apiserver-kubelet-client`;

/** No kubeconfig: one of a person on this host would be merged with what is said here. */
export const kubectlAsServer = (address: string): Script =>
  sh`${bin}/kubectl --kubeconfig /dev/null --server https://${address}:${apiserverPort} \
--certificate-authority ${pki}/ca.crt --client-certificate ${pair}.crt --client-key ${pair}.key`;
