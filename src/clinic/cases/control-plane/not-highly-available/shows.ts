import type { Facts } from './facts.js';
import { type Quote, quotedOn } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

export const asksText = {
  none: 'server …, without check',
  connect: 'server … check, without option httpchk',
  tls: 'option ssl-hello-chk: the last such option holds',
} as const;

export function memberList({
  facts: { voters, toldBy },
}: Found<Facts['even-etcd' | 'etcd-on-one-host']>): readonly Quote[] {
  const rows = voters.map(({ name, peerUrls }) => `${name || '(not started)'} ${peerUrls.join(' ')}`);
  return [quotedOn(toldBy, 'etcd', 'member list', rows.join('\n'))];
}
