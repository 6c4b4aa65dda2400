/** The mark of a cluster file that was drawn from somebody else's cluster. */
import { z } from 'zod';
import { builders } from '../model/cluster.js';

export const adopted = z
  .strictObject({
    from: z.enum(builders).meta({ description: 'Who built the cluster.' }),
    ca: z.string().min(1).meta({ description: "SHA-256 of the cluster's CA, in hex: its hosts are known by it." }),
  })
  .meta({
    description:
      "Written by `kw adopt` alone: the cluster is somebody else's. While it stands there, `kw` looks, heals and " +
      'backs up, and sets nothing up anew.',
  });
