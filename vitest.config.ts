import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** In CI what fails is run once more and says so, as lab scenarios do: a red run lands nothing of a whole session. */
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/lab/**', 'node_modules/**'],
    // What hangs is ended; what a busy machine makes slow is not: no test measures time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    // Many files wait for hosts that are played by shells: two more than there are cores keep the cores busy.
    maxWorkers: availableParallelism() + 2,
    retry,
    setupFiles: ['test/retried.ts'],
  },
});
