/**
 * Why a target is missed, as profiles of the running server showed it (`--cpu-prof`, `--heap-prof`; Node 24,
 * November 2026): said in results.md beside a miss, and taken out here once it no longer holds.
 */

const NEAR_IT =
  'near the target: runs on this shared machine gave 54 to 65 %, so a single run decides nothing here. Not profiled.'

export const reasons: Readonly<Record<string, string>> = {
  discovery: NEAR_IT,
  JWKS: NEAR_IT,
  userinfo:
    'six reads of the store a request, the person among them twice; SQLite has a quarter of the time, a third of that for asking `PRAGMA data_version`. Writing to the socket has another fifth.',
  introspection: 'three reads of the store a request (the grant, its person, revoked tokens); not profiled further.',
  'token, RS256':
    'signing has about a third of the time, statements of SQLite a fifth (grant, event and change in one transaction), drawing random bytes in small pieces a twentieth; what is left is spread thin.',
  'token, ES256':
    'SQLite has about 30 % of the time (grant, event and change in one transaction, and `PRAGMA data_version` with 7 %), signing 16 %, drawing random bytes in small pieces 8 %.',
  'password sign-in':
    'the rest is pages: six requests a sign-in, each on a connection of its own (real browsers keep theirs open, FormBrowser does not), sealed attempts, and the transactions.',
  'memory, idle':
    'a full collection leaves 35 MB of heap, and V8 then still holds 106 MB of room for it. About half of what a heap profile samples as kept came with loading modules.',
  'start to first answer':
    'more than half of the CPU time is finding, reading and linking several hundred modules one by one.',
}
