/**
 * How Node is told to run the server, measured by the bench (docs/adr/0006-typescript-as-it-is.md). The container image
 * has the same, and a test compares.
 */

/**
 * New objects get little room: most die young, and what is held for them is held for good. And the server may ask for
 * one collection when it has started (src/cli/serve.ts).
 */
export const FLAGS = ['--max-semi-space-size=4', '--expose-gc']

/** What is set already wins. */
export const ENVIRONMENT = {
  // Password hashes and disk syncs share one pool of threads, four by default: a full queue of the first would hold up
  // the second.
  UV_THREADPOOL_SIZE: '8',
  // The C library otherwise keeps memory aside for each thread, ten megabytes in all, and never gives it back.
  MALLOC_ARENA_MAX: '1',
  // It learns from the blocks of password hashes, 19 MB each, to keep as much twice over for whatever comes: 60 MB.
  MALLOC_MMAP_THRESHOLD_: '1048576',
}
