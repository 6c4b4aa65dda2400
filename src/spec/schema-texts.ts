/** Values of the cluster file that say what they are for. */
import { z } from 'zod';

export const text = (description: string, more: Readonly<Record<string, unknown>> = {}) =>
  z
    .string()
    .min(1)
    .meta({ description, ...more });
export const port = (description: string) => z.int().min(1).max(65535).meta({ description });
