/** Where the API is found: `endpoint` of the cluster file. */
import { z } from 'zod';
import { port, text } from './schema-texts.js';

const balances = ['direct', 'local', 'virtual-address', 'external'] as const;
const routerId = (fallback: string) =>
  z
    .int()
    .min(1)
    .max(255)
    .meta({ description: `VRRP router id, unique in the network segment. Default: ${fallback}.` })
    .optional();
const served = z.strictObject({
  address: text('As `endpoint.address`.'),
  port: port('As `endpoint.port`.').optional(),
  balance: z
    .enum(balances)
    .meta({
      description:
        'As `endpoint.balance`. Default: `local` on loopback, `direct` for an address of a control \
plane, `external` for a name, otherwise `virtual-address`.',
    })
    .optional(),
  virtualRouterId: routerId('what carries the address now, else one that is free'),
});
export const endpoint = z
  .strictObject({
    address: text(
      'Address (or, for `external` and `direct`, a name) of the API. Default: depends on `balance`.',
    ).optional(),
    port: port(
      'Default: 6443 for `direct`, `external` and load balancers on hosts of their own, otherwise 8443.',
    ).optional(),
    balance: z
      .enum(balances)
      .meta({ description: 'How clients find a living API server. Default: see "Endpoint" below.' })
      .optional(),
    virtualRouterId: routerId("derived from the cluster's name"),
    also: z
      .array(z.union([text('An address, or `address:port`.'), served]))
      .meta({
        description:
          'Endpoints that are served as well, for clients that still use them: those of before, until nobody does. ' +
          'Nothing of the cluster itself asks there.',
      })
      .optional(),
  })
  .meta({ description: 'Where the API is found.' });
