/**
 * Why a target is missed, as profiles of the running server showed it: said in results.md beside a miss, and taken out here
 * once it no longer holds.
 */
export const reasons: Readonly<Record<string, string>> = {
  'token, RS256':
    'of some 450 µs, signing has 280 (15 more than in a loop that does nothing else), statements of SQLite 60 (grant and event with their indexes, in commits that five requests share), the request itself 40; what is left is spread thin. Runs gave 55 to 60 %.',
  'password sign-in':
    'not within reach of a sign-in of three pages: each hash goes over 19 MiB and leaves no cache to the requests between, so that one of `node:http` that takes 0.03 ms by itself takes 0.3 ms here. The row below is the same six requests with nothing behind them: they alone use up what the target leaves. Ours are two to four times as dear as bare ones, and have three synced transactions.',
}
