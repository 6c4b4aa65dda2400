/** Schedules of CronJobs. */
import { z } from 'zod';
import { type ListFact, list, metadata } from './list.js';

export interface Schedule {
  readonly name: string;
  readonly namespace: string;
  readonly schedule: string;
}

export const schedules = (apiVersion: 'batch/v1' | 'batch/v1beta1'): ListFact<Schedule> =>
  list('schedules', `/apis/${apiVersion}/cronjobs`, item => {
    const { metadata: one, spec } = z.object({ metadata, spec: z.object({ schedule: z.string() }) }).parse(item);
    return { name: one.name, namespace: one.namespace ?? '', schedule: spec.schedule };
  });
